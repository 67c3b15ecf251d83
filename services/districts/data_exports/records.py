"""What the job reads and writes of the downloads themselves; apart from the lists, so that no worker loads HTTP."""

from uuid import UUID

from sqlalchemy import Select, true
from sqlmodel import col, select

from services.districts.data_exports.models import DataExport
from shared.access.principals import Principal
from shared.units import Unit
from shared.writes import load

OF_ANYBODY = "personal_data.export"


def visible_to(who: Principal) -> Select[DataExport]:
    """A person sees the person's own; a machine all, if it may take anybody's."""
    statement = select(DataExport).where(col(DataExport.district_id) == who.district_id)
    if who.person is not None:
        return statement.where(col(DataExport.person_id).in_(sorted(who.person.ids)))
    return statement.where(true() if who.has(OF_ANYBODY) or who.client_id == "system" else ~true())


async def get_export(unit: Unit, export_id: UUID, *, lock: bool = False) -> DataExport:
    return await load(unit, visible_to(unit.who).where(col(DataExport.id) == export_id), lock=lock)


async def of_job(unit: Unit, export_id: UUID, *, lock: bool = False) -> DataExport:
    """Give the job its row, whoever asked for it."""
    everybodys = select(DataExport).where(col(DataExport.district_id) == unit.district_id)
    return await load(unit, everybodys.where(col(DataExport.id) == export_id), lock=lock)


async def ids_of(unit: Unit, person_id: UUID) -> list[UUID]:
    """Give a person's id and those of the duplicates that were merged into the person."""
    rows = await unit.connection.fetch(
        "select id from districts.copied_people where district_id = $1 and merged_into = $2",
        unit.district_id,
        person_id,
    )
    return [person_id, *(UUID(int=row["id"].int) for row in rows)]

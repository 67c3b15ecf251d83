"""What the job reads and writes of the downloads themselves; apart from the lists, so that no worker loads HTTP."""

from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.data_exports.models import DataExport
from shared.access.policies import DATA_EXPORTS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.units import Unit
from shared.writes import load


def visible_to(who: Principal) -> Select[DataExport]:
    """A person sees the person's own; a machine all, if it may take anybody's."""
    mine = col(DataExport.district_id) == who.district_id
    return select(DataExport).where(mine, allowed(DATA_EXPORTS, who, Columns(DataExport)))


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

"""What a run reads and writes of the imports themselves; apart from the lists, so that no worker loads HTTP."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.roster_imports.models import RosterImport
from services.districts.roster_imports.rules import ImportState
from shared.access.principals import Principal
from shared.database import Connection
from shared.units import Unit
from shared.writes import load


def visible_to(who: Principal) -> Select[RosterImport]:
    return select(RosterImport).where(col(RosterImport.district_id) == who.district_id)


async def get_import(unit: Unit, import_id: UUID, *, lock: bool = False) -> RosterImport:
    return await load(unit, visible_to(unit.who).where(col(RosterImport.id) == import_id), lock=lock)


async def last_applied(unit: Unit) -> RosterImport | None:
    applied: Any = col(RosterImport.applied_at)
    statement = (
        visible_to(unit.who).where(col(RosterImport.state) == ImportState.APPLIED).order_by(applied.desc()).limit(1)
    )
    return (await unit.session.execute(statement)).scalar_one_or_none()


async def mark_validated(connection: Connection, district_id: UUID, import_id: UUID, now: datetime) -> None:
    await connection.execute(
        """update districts.roster_imports set state = 'validated', version = version + 1, updated_at = $3
           where district_id = $1 and id = $2 and state = 'staged'""",
        district_id,
        import_id,
        now,
    )


async def copy_errors(connection: Connection, district_id: UUID, source: UUID, target: UUID) -> None:
    await connection.execute(
        """insert into districts.roster_import_errors
             (district_id, import_id, number, file, line, sourced_id, field, code, message, severity)
           select district_id, $3, number, file, line, sourced_id, field, code, message, severity
           from districts.roster_import_errors where district_id = $1 and import_id = $2""",
        district_id,
        source,
        target,
    )

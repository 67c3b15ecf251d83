"""What a run reads and writes of the imports themselves; apart from the lists, so that no worker loads HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.roster_imports.models import RosterImport, RosterPlan
from services.districts.roster_imports.rules import ImportState
from shared.access.policies import ROSTER_IMPORTS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.database import Connection
from shared.errors import NotFound
from shared.units import Unit
from shared.writes import load

_HOLDS = (ImportState.APPLIED, ImportState.REVERTING)


def visible_to(who: Principal) -> Select[RosterImport]:
    return select(RosterImport).where(
        col(RosterImport.district_id) == who.district_id, allowed(ROSTER_IMPORTS, who, Columns(RosterImport))
    )


async def get_import(unit: Unit, import_id: UUID, *, lock: bool = False) -> RosterImport:
    return await load(unit, visible_to(unit.who).where(col(RosterImport.id) == import_id), lock=lock)


async def find_plan(unit: Unit, import_id: UUID) -> RosterPlan | None:
    return await unit.session.get(RosterPlan, (unit.district_id, import_id))


async def get_plan(unit: Unit, import_id: UUID) -> RosterPlan:
    await get_import(unit, import_id)
    plan = await find_plan(unit, import_id)
    if plan is None:
        raise NotFound("this import has no plan yet")
    return plan


async def last_applied(unit: Unit) -> RosterImport | None:
    """Give the import that the roster is of: one that is still to be taken back, too.

    Of two that began at once the one that had to wait may bear the earlier instant, so what was superseded comes last.
    """
    applied: Any = col(RosterImport.applied_at)
    superseded: Any = col(RosterImport.superseded_by)
    statement = visible_to(unit.who).where(col(RosterImport.state).in_(_HOLDS))
    statement = statement.order_by(superseded.is_not(None), applied.desc()).limit(1)
    return (await unit.session.execute(statement)).scalar_one_or_none()


async def last_to_revert(unit: Unit) -> UUID | None:
    statement = visible_to(unit.who).where(
        col(RosterImport.state).in_(_HOLDS), col(RosterImport.superseded_by).is_(None),
        col(RosterImport.same_as).is_(None),
    )  # fmt: skip
    found = (await unit.session.execute(statement.limit(1))).scalar_one_or_none()
    return found.id if found else None


async def repeats_of(unit: Unit, import_id: UUID) -> Sequence[RosterImport]:
    """Give the imports that brought the same bytes while this one was the last."""
    statement = visible_to(unit.who).where(
        col(RosterImport.same_as) == import_id, col(RosterImport.state) == ImportState.APPLIED
    )
    return (await unit.session.execute(statement.order_by(col(RosterImport.id)).with_for_update())).scalars().all()


async def supersede(connection: Connection, district_id: UUID, import_id: UUID) -> None:
    """Let this import be the last that was applied: those before it cannot be taken back, and need no history."""
    await connection.execute(
        """with before as (
             update districts.roster_imports set superseded_by = $2, version = version + 1
             where district_id = $1 and id <> $2 and superseded_by is null and applied_at is not null
           ) delete from districts.roster_history where district_id = $1 and import_id <> $2""",
        district_id,
        import_id,
    )


async def mark(connection: Connection, district_id: UUID, import_id: UUID, state: ImportState, now: datetime) -> None:
    """Show how far a run has come, while its own transaction is still open."""
    await connection.execute(
        """update districts.roster_imports set state = $3, version = version + 1, updated_at = $4
           where district_id = $1 and id = $2 and state <> $3""",
        district_id,
        import_id,
        state.value,
        now,
    )


async def copy_errors(connection: Connection, district_id: UUID, source: UUID, target: UUID) -> None:
    await connection.execute(
        """insert into districts.roster_import_errors
             (district_id, import_id, number, file, line, sourced_id, "column", value, code, message, severity)
           select district_id, $3, number, file, line, sourced_id, "column", value, code, message, severity
           from districts.roster_import_errors where district_id = $1 and import_id = $2
           on conflict do nothing""",
        district_id,
        source,
        target,
    )

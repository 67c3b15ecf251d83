"""What the worker reads of schedules; apart from the lists, so that no worker loads HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.districts.zones import zone_of
from services.districts.schedules.models import Schedule
from services.districts.schedules.rules import next_run
from shared.access.policies import SCHEDULES
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.units import Unit
from shared.writes import announce, load, touch


def visible_to(who: Principal) -> Select[Schedule]:
    mine = col(Schedule.district_id) == who.district_id
    return select(Schedule).where(mine, allowed(SCHEDULES, who, Columns(Schedule)))


async def get_schedule(unit: Unit, schedule_id: UUID, *, lock: bool = False) -> Schedule:
    return await load(unit, visible_to(unit.who).where(col(Schedule.id) == schedule_id), lock=lock)


async def plan(unit: Unit, row: Schedule, after: datetime | None = None) -> None:
    """Say when it runs next: after that instant, or after now."""
    row.next_run_at = None
    if row.enabled and row.archived_at is None:
        zone = row.time_zone or await zone_of(unit.connection, unit.district_id, unit.now)
        row.next_run_at = next_run(row.cron, zone, after or unit.now)


async def plan_those_of_the_district(unit: Unit) -> None:
    """Plan anew what goes by the district's own zone, which has just changed."""
    unzoned = select(Schedule).where(
        col(Schedule.district_id) == unit.district_id, col(Schedule.time_zone).is_(None),
        col(Schedule.next_run_at).is_not(None),
    )  # fmt: skip
    zone = await zone_of(unit.connection, unit.district_id, unit.now)
    for row in await _all(unit, unzoned):
        row.next_run_at = next_run(row.cron, zone, unit.now)


async def archive_of_source(unit: Unit, source_id: UUID) -> None:
    """Put the schedules of a source away with it."""
    of_it = select(Schedule).where(
        col(Schedule.district_id) == unit.district_id, col(Schedule.archived_at).is_(None),
        col(Schedule.task)["source_id"].astext == str(source_id),
    )  # fmt: skip
    for row in await _all(unit, of_it):
        tell(unit, row, touch(unit, row, {"archived_at": unit.now, "next_run_at": None}))


async def _all(unit: Unit, statement: Select[Schedule]) -> Sequence[Schedule]:
    return (await unit.session.execute(statement.with_for_update())).scalars().all()


def tell(unit: Unit, row: Schedule, changed: tuple[str, ...]) -> None:
    state: dict[str, Any] = {"id": row.id, "version": row.version, "archived": row.archived_at is not None}
    announce(unit, "schedule.changed", "schedules", row, state | {"name": row.name}, changed)

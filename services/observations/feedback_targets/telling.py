"""Tell which feedback is due to somebody soon and which is overdue, each once for each day on which it is due."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from services.observations.calendars.queries import by_local_day
from services.observations.feedback_targets.models import FeedbackTarget
from services.observations.feedback_targets.queries import perhaps_due, schools_of
from services.observations.feedback_targets.rules import due_date, state_on
from services.observations.feedback_targets.schemas import TargetState
from services.observations.notices import Notices
from services.observations.staff.queries import leaves_of
from services.observations.staff.rules import Leave
from shared.clock import now
from shared.contracts.state import State
from shared.database import Database
from shared.feed.compaction import districts_of
from shared.feed.events import Event
from shared.runtime import Runtime
from shared.units import emit

AT_ONCE = 500
NOTICES = Notices("feedback_target_notices", "target_id", "due_date", "date")
Due = tuple[str, date]


async def tell_all(runtime: Runtime) -> None:
    async for district_id in districts_of(runtime.database):
        await tell_district(runtime.database, district_id, now())


async def tell_district(database: Database, district_id: UUID, moment: datetime) -> int:
    """Tell all that is to be told in a district at a moment, by each school's own day; give how many that were."""
    async with database.unit(district_id) as unit:
        targeted = (await unit.session.execute(schools_of(district_id))).scalars().all()
        schools = await by_local_day(unit.connection, district_id, targeted, moment)
    told = 0
    for day, ids in schools.items():
        after: UUID | None = None
        while True:
            count, after = await _tell_some(database, district_id, (ids, day), moment, after)
            told += count
            if after is None:
                break
    return told


async def _tell_some(
    database: Database, district_id: UUID, where: tuple[list[UUID], date], moment: datetime, after: UUID | None
) -> tuple[int, UUID | None]:
    """Tell of a page of targets; give how many were told, and after which id the next page begins."""
    schools, day = where
    async with database.unit(district_id) as unit:
        statement = perhaps_due(district_id, schools, day, after).limit(AT_ONCE)
        rows = (await unit.session.execute(statement)).scalars().all()
        leaves = await leaves_of(unit.connection, district_id, {row.teacher_id for row in rows})
        due = {row.id: one for row in rows if (one := told_on(row, day, leaves.get(row.teacher_id, ())))}
        claimed = await NOTICES.claim(unit.connection, district_id, due, moment)
        for row in rows:
            if row.id in claimed:
                kind = f"feedback_target.{due[row.id][0]}"
                emit(unit, Event(kind, "feedback-targets", row.id, State.of(row), ("due_date",)))
    return len(claimed), rows[-1].id if len(rows) == AT_ONCE else None


def told_on(row: FeedbackTarget, day: date, leaves: Sequence[Leave]) -> Due | None:
    """Say what is to be told of a target on a day, and of which due date. Of who is away nothing is."""
    state, due = state_on(row, day, leaves), due_date(row, day, leaves)
    if state is TargetState.OVERDUE:
        return "overdue", due
    reminded = state is TargetState.ON_TIME and day >= due - timedelta(days=row.remind_before_days)
    return ("due", due) if reminded else None

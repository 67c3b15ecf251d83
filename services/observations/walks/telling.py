"""Tell which walks are to be debriefed soon and which are late, each once for each deadline."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.observations.calendars.queries import levels_of
from services.observations.calendars.rules import Level
from services.observations.notices import Notices
from services.observations.walks.models import LearningWalk
from services.observations.walks.queries import walking
from services.observations.walks.rules import debrief_due_at, kind_at
from services.observations.walks.service import announce_walk
from shared.clock import now
from shared.database import Database
from shared.feed.compaction import districts_of
from shared.runtime import Runtime

AT_ONCE = 500
NOTICES = Notices("debrief_notices", "walk_id", "due_at", "timestamptz")


async def tell_all(runtime: Runtime) -> None:
    async for district_id in districts_of(runtime.database):
        await tell_district(runtime.database, district_id, now())


async def tell_district(database: Database, district_id: UUID, moment: datetime) -> int:
    """Tell all that is to be told in a district at a moment; give how many that were."""
    told, after, more = 0, None, True
    while more:
        async with database.unit(district_id) as unit:
            rows = (await unit.session.execute(walking(district_id, after).limit(AT_ONCE))).scalars().all()
            levels = await levels_of(unit.connection, district_id, {row.school_id for row in rows})
            due = _due(rows, levels, moment)
            claimed = await NOTICES.claim(unit.connection, district_id, due, moment)
            for row in rows:
                if row.id in claimed:
                    await announce_walk(unit, row, f"learning_walk.{due[row.id][0]}", ("debriefed_at",))
        told += len(claimed)
        more = len(rows) == AT_ONCE
        after = rows[-1].id if more else None
    return told


def _due(
    rows: Sequence[LearningWalk], levels: Mapping[UUID, Sequence[Level]], moment: datetime
) -> dict[UUID, tuple[str, datetime]]:
    found = {}
    for row in rows:
        if row.started_at is not None:
            at = debrief_due_at(levels.get(row.school_id, ()), row.started_at)
            if (kind := kind_at(at, moment)) is not None:
                found[row.id] = (kind, at)
    return found

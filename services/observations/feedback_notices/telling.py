"""Tell, for each district by its own policy, which feedback is due soon and which is overdue."""

from datetime import datetime
from uuid import UUID

from services.observations.feedback_notices.queries import AT_ONCE, claim
from services.observations.observation_policies.known import policy_of
from services.observations.observations.queries import of_ids
from services.observations.observations.replacing import tell
from services.observations.settings import ObservationsSettings, settings_of
from shared.clock import now
from shared.database import Database
from shared.feed.compaction import districts_of
from shared.runtime import Runtime


async def tell_all(runtime: Runtime) -> None:
    settings = settings_of(runtime)
    async for district_id in districts_of(runtime.database):
        await tell_district(runtime.database, settings, district_id, now())


async def tell_district(database: Database, settings: ObservationsSettings, district_id: UUID, moment: datetime) -> int:
    """Tell all that is to be told in a district at a moment; give how many that were."""
    told, more = 0, True
    while more:
        async with database.unit(district_id) as unit:
            policy = await policy_of(unit.connection, district_id, settings, anew=True)
            claimed = await claim(unit.connection, district_id, moment, policy.remind_before)
            rows = await of_ids(unit, [observation_id for observation_id, _ in claimed])
            for observation_id, kind in claimed:
                tell(unit, rows[observation_id], kind, ("feedback_due_at",))
        told += len(claimed)
        more = len(claimed) == AT_ONCE
    return told

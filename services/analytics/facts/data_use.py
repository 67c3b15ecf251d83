"""Keep each district's data-use policy: services/analytics/data_use reads it."""

from uuid import UUID

from services.analytics.facts.keeping import Kept, keep
from shared.database import Connection
from shared.feed.events import FeedEvent

POLICIES = Kept("data-use-policies", "fact_data_use_policies", "purposes text[], n_min int")
ENTITIES = frozenset({POLICIES.entity})
TYPES = frozenset({"data_use_policy.changed"})


async def apply(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
    await keep(connection, district_id, POLICIES, events)

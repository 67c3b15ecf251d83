from dataclasses import replace
from uuid import UUID

from services.analytics.facts import assignments, coaching, data_use, observations, walks, zones
from shared.access.copying import copies_of
from shared.database import Connection
from shared.feed.events import FeedEvent
from shared.feed.subscriber import Subscription

_COPIES = copies_of("analytics")
_OWN = zones.ENTITIES | data_use.ENTITIES


async def apply_roster(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
    """Keep the copies and the assignments from the same events, which were read back once."""
    await _COPIES.apply(connection, district_id, [event for event in events if event.entity not in _OWN])
    await assignments.apply(connection, district_id, events)
    await zones.apply(connection, district_id, events)
    await data_use.apply(connection, district_id, events)


async def apply_observations(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
    await observations.apply(connection, district_id, events)
    await walks.apply(connection, district_id, events)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    replace(_COPIES, apply=apply_roster, types=_COPIES.types | zones.TYPES | data_use.TYPES),
    Subscription("observations", apply_observations),
    Subscription("coaching", coaching.apply),
)

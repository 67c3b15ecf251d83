"""Count again, of those alone whose observations changed: this service follows its own feed."""

from uuid import UUID

from services.observations.expectations.counting import count_for, in_parts
from services.observations.expectations.materialising import follow, one_at_a_time, themselves
from services.observations.observations.rules import PAST
from shared.clock import now
from shared.database import Connection, Database
from shared.feed.compaction import districts_of
from shared.feed.events import FeedEvent
from shared.feed.subscriber import Subscription
from shared.runtime import Runtime

_TYPES = frozenset({"observation.changed"} | {f"observation.{verb}" for verb in PAST.values()})
_EVERYBODY = """
    select distinct person_id from observations.copied_staff_assignments where district_id = $1
    union select teacher_id from observations.expectations where district_id = $1"""


async def apply(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
    teachers = {UUID(event.data["teacher_id"]) for event in events}
    await one_at_a_time(connection, district_id)
    await count_for(connection, district_id, await themselves(connection, district_id, teachers))


async def follow_all(runtime: Runtime) -> None:
    """Once a day everybody anew: relationships that changed since decide who counts as whose observer."""
    async for district_id in districts_of(runtime.database):
        await follow_district(runtime.database, district_id)


async def follow_district(database: Database, district_id: UUID) -> None:
    async with database.unit(district_id, hot=True) as unit:
        people = [row["person_id"] for row in await unit.connection.fetch(_EVERYBODY, district_id)]
    for some in in_parts(people):
        async with database.unit(district_id, hot=True) as unit:
            await follow(unit.connection, district_id, now(), some)


VISITED = Subscription(publisher="observations", types=_TYPES, apply=apply)

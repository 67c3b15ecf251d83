from datetime import datetime, timedelta
from uuid import UUID

import orjson

from services.districts.webhooks import places
from shared import clock
from shared.database import Connection, Database
from shared.feed.compaction import KEPT, districts_of
from shared.feed.events import FeedEvent

_CHUNK = 5000

_APPEND = """
with head as (
    insert into districts.event_heads as h (district_id, position) values ($1, $2)
    on conflict (district_id) do update set position = h.position + excluded.position returning position
)
insert into districts.event_log (district_id, position, id, type, time, entity, entity_id, ids, changed,
                                 purpose)
select $1, head.position - $2 + e.place, e.id, e.type, e.time, e.entity, e.entity_id, e.ids, e.changed, e.purpose
from head, json_to_recordset($3::json) as e (place int, id uuid, type text, time timestamptz, entity text,
                                             entity_id uuid, ids uuid[], changed text[], purpose text)
on conflict (district_id, id) do nothing
"""
_FORGET = """
delete from districts.event_log where district_id = $1 and position in (
    select old.position from districts.event_log old
    where old.district_id = $1 and old.time < $2 and old.entity_id is not null and exists (
        select from districts.event_log later where later.district_id = $1 and later.entity = old.entity
          and later.entity_id = old.entity_id and later.position > old.position)
    limit $3)
"""


async def append(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
    """Add what a service told to its district's log. What is there already, after a replay, is not added again."""
    rows = [
        {
            "place": place,
            "id": event.id,
            "type": event.type,
            "time": event.time,
            "entity": event.entity,
            "entity_id": None if event.is_batch else event.entity_id,
            "ids": event.data["ids"] if event.is_batch else None,
            "changed": event.changed,
            "purpose": purpose if isinstance(purpose := event.data.get("purpose"), str) else None,
        }
        for place, event in enumerate(events, 1)
    ]
    await connection.execute(_APPEND, district_id, len(rows), orjson.dumps(rows).decode())
    await places.wake_all(connection, district_id, clock.now())


async def compact(database: Database, now: datetime, kept: timedelta = KEPT) -> int:
    """Drop what a later event has replaced, once it is old; the latest of every row stays, tombstones with it."""
    dropped = 0
    async for district_id in districts_of(database):
        gone = _CHUNK
        while gone == _CHUNK:
            async with database.transaction(district_id) as connection:
                tag = await connection.execute(_FORGET, district_id, now - kept, _CHUNK)
            gone = int(tag.split()[-1])
            dropped += gone
    return dropped

"""Who was assigned where, and until when: relationships with an organisation, and when one was withdrawn.

The copies that authorise a request know only today. A denominator of last autumn also needs those who have left since.
"""

from uuid import UUID

import orjson

from shared.database import Connection
from shared.feed.events import FeedEvent, newest

ENTITY = "relationships"

_ASSIGNMENTS = """
insert into analytics.fact_assignments as f
  (district_id, id, version, person_id, kind, org_id, begin_date, end_date, archived, archived_at)
select $1, r.* from json_to_recordset($2::json)
  as r (id uuid, version int, person_id uuid, kind text, org_id uuid, begin_date date, end_date date, archived bool,
        archived_at timestamptz)
on conflict (district_id, id) do update set version = excluded.version, person_id = excluded.person_id,
  kind = excluded.kind, org_id = excluded.org_id, begin_date = excluded.begin_date, end_date = excluded.end_date,
  archived = excluded.archived, archived_at = excluded.archived_at
where f.version < excluded.version"""


async def apply(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
    states = [event.data for event in newest(event for event in events if event.entity == ENTITY)]
    if states:
        await connection.execute(_ASSIGNMENTS, district_id, orjson.dumps(states).decode())

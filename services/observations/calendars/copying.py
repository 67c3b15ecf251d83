"""Keep the copy: a newer state takes the place of an older one, never the other way around."""

from uuid import UUID

import orjson

from shared.database import Connection
from shared.feed.events import FeedEvent, newest
from shared.feed.subscriber import Subscription

_UPSERT = """
    insert into observations.copied_calendars as c
      (district_id, id, version, archived, org_id, time_zone, weekdays, days, begin_date, end_date)
    select $1, r.* from json_to_recordset($2::json)
      as r (id uuid, version int, archived bool, org_id uuid, time_zone text, weekdays jsonb, days jsonb,
            begin_date date, end_date date)
    on conflict (district_id, id) do update set version = excluded.version, archived = excluded.archived,
      org_id = excluded.org_id, time_zone = excluded.time_zone, weekdays = excluded.weekdays, days = excluded.days,
      begin_date = excluded.begin_date, end_date = excluded.end_date
    where c.version <= excluded.version"""


async def apply(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
    states = [event.data for event in newest(events)]
    await connection.execute(_UPSERT, district_id, orjson.dumps(states).decode())


CALENDARS = Subscription(publisher="districts", types=frozenset({"calendar.changed"}), apply=apply)

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

import orjson

from services.observations.calendars.rules import Level, local_day
from shared.database import Connection

_LEVELS = """
    with recursive chain as (
        select s.id as school, s.id as org, 0 as depth from unnest($2::uuid[]) as s (id)
        union all
        select c.school, o.parent_id, c.depth + 1
        from chain c join observations.copied_orgs o on o.district_id = $1 and o.id = c.org
        where o.parent_id is not null and c.depth < 20)
    select c.school, c.depth, k.begin_date, k.end_date, k.time_zone, k.weekdays::text, k.days::text
    from chain c join observations.copied_calendars k on k.district_id = $1 and k.org_id = c.org and not k.archived
    order by c.school, c.depth, k.begin_date, k.id"""
_DAY = "(g.moment at time zone 'UTC')::date"
ZONE = f"""coalesce((
    select k.time_zone from above a
    join observations.copied_calendars k on k.district_id = $1 and k.org_id = a.org_id
    where not k.archived and k.time_zone is not null
    order by a.depth, greatest(k.begin_date - {_DAY}, {_DAY} - k.end_date, 0), k.begin_date desc, k.id
    limit 1), 'UTC')"""
"""For a row `g` (moment) and a table `above` (org_id, depth) of its school: what rules.zone_of says."""


async def levels_of(connection: Connection, district_id: UUID, schools: Collection[UUID]) -> Mapping[UUID, list[Level]]:
    """Give the calendars that count for each of these schools, the nearest first."""
    found: defaultdict[UUID, list[Level]] = defaultdict(list)
    for row in await connection.fetch(_LEVELS, district_id, list(schools)):
        weekdays = orjson.loads(row["weekdays"]) if row["weekdays"] else None
        days = {day["date"]: day["kind"] for day in orjson.loads(row["days"])}
        found[row["school"]].append(
            Level(row["begin_date"], row["end_date"], row["time_zone"], weekdays, days, row["depth"])
        )
    return found


async def by_local_day(
    connection: Connection, district_id: UUID, schools: Collection[UUID], moment: datetime
) -> Mapping[date, list[UUID]]:
    """Give the day that it is at each of these schools."""
    levels = await levels_of(connection, district_id, schools)
    found: defaultdict[date, list[UUID]] = defaultdict(list)
    for school in schools:
        found[local_day(levels.get(school, ()), moment)].append(school)
    return found

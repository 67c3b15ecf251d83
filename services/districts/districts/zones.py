"""The time zone of a district: its own, else that of the organisation above all others, else UTC.

Of several calendars it is the one nearest to that day, as analytics and observations find it.
"""

from datetime import UTC, datetime
from uuid import UUID

from shared.database import Connection

_ZONE = """
select coalesce(d.time_zone, (
    select c.time_zone from districts.calendars c
    join districts.orgs o on o.district_id = c.district_id and o.id = c.org_id
    where c.district_id = $1 and c.archived_at is null and c.time_zone is not null and o.parent_id is null
    order by greatest(c.begin_date - $2::date, $2 - c.end_date, 0), c.begin_date desc, c.id limit 1), 'UTC')
from districts.districts d where d.district_id = $1 and d.id = $1"""


async def zone_of(connection: Connection, district_id: UUID, now: datetime) -> str:
    found: str | None = await connection.fetchval(_ZONE, district_id, now.astimezone(UTC).date())
    return found or "UTC"

"""In which time zone a district's months are: that of its settings, else of its calendar, else the default."""

from datetime import UTC, datetime
from uuid import UUID

from services.analytics.facts.keeping import Kept, keep
from services.analytics.settings import AnalyticsSettings, is_known
from shared.database import Connection
from shared.feed.events import FeedEvent

SETTINGS = Kept("districts", "fact_district_settings", "time_zone text")
CALENDARS = Kept("calendars", "fact_calendars", "org_id uuid, time_zone text, begin_date date, end_date date")
ENTITIES = frozenset({SETTINGS.entity, CALENDARS.entity})
TYPES = frozenset({"district.changed", "calendar.changed"})
# The calendar of the top says it: of several years the one nearest to that day, as the time zone of a school is found.
_ZONES = """
select s.time_zone from analytics.fact_district_settings s where s.district_id = $1 and s.time_zone is not null
union all
(select c.time_zone from analytics.fact_calendars c
 left join analytics.copied_orgs o on o.district_id = c.district_id and o.id = c.org_id
 where c.district_id = $1 and not c.archived and c.time_zone is not null
 order by o.parent_id is not null, greatest(c.begin_date - $2, $2 - c.end_date, 0), c.begin_date desc, c.id
 limit 1)"""


async def apply(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
    await keep(connection, district_id, SETTINGS, events)
    await keep(connection, district_id, CALENDARS, events)


async def zone_name(connection: Connection, district_id: UUID, settings: AnalyticsSettings, at: datetime) -> str:
    """Give the first that is told of that day (UTC) and that this machine knows."""
    rows = await connection.fetch(_ZONES, district_id, at.astimezone(UTC).date())
    return next((row["time_zone"] for row in rows if is_known(row["time_zone"])), settings.time_zone)

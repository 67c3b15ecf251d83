"""When so many school days are over, by the calendars of a school and of what stands above it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MONDAY_TO_FRIDAY = (1, 2, 3, 4, 5)
SCHOOL_DAY = "instructional"
FARTHEST = 1000  # days: no deadline lies behind that, whatever a calendar says


@dataclass(frozen=True, slots=True)
class Level:
    """A calendar that counts. What it does not say is as in the next one; the school's own comes first."""

    begin: date
    end: date
    time_zone: str | None
    weekdays: Sequence[int] | None
    days: Mapping[str, str]  # what a listed day is


def is_school_day(levels: Sequence[Level], day: date) -> bool:
    counting = [level for level in levels if level.begin <= day <= level.end]
    listed = next((level.days[str(day)] for level in counting if str(day) in level.days), None)
    if listed is not None:
        return listed == SCHOOL_DAY
    weekdays = next((level.weekdays for level in counting if level.weekdays is not None), MONDAY_TO_FRIDAY)
    return day.isoweekday() in weekdays


def zone_of(levels: Sequence[Level]) -> ZoneInfo:
    return ZoneInfo(next((level.time_zone for level in levels if level.time_zone is not None), "UTC"))


def after_school_days(levels: Sequence[Level], start: datetime, amount: int) -> datetime:
    """Give the end of the school day that is so many after the day of `start`, in the school's own time."""
    zone = zone_of(levels)
    first = start.astimezone(zone).date()
    left = amount
    for distance in range(1, FARTHEST):
        day = first + timedelta(days=distance)
        left -= is_school_day(levels, day)
        if left == 0:
            break
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def school_days_between(levels: Sequence[Level], start: datetime, end: datetime) -> int:
    """Count the school days after the day of `start`, up to that of `end`, in the school's own time."""
    zone = zone_of(levels)
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    days = range(1, min((last - first).days, FARTHEST) + 1)
    return sum(is_school_day(levels, first + timedelta(days=distance)) for distance in days)

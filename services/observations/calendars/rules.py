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
    depth: int = 0  # how far above the school it stands

    def days_from(self, day: date) -> int:
        """Give how far the day lies outside of it."""
        return max((self.begin - day).days, (day - self.end).days, 0)


def is_school_day(levels: Sequence[Level], day: date) -> bool:
    counting = [level for level in levels if level.begin <= day <= level.end]
    listed = next((level.days[str(day)] for level in counting if str(day) in level.days), None)
    if listed is not None:
        return listed == SCHOOL_DAY
    weekdays = next((level.weekdays for level in counting if level.weekdays is not None), MONDAY_TO_FRIDAY)
    return day.isoweekday() in weekdays


def zone_of(levels: Sequence[Level], at: datetime) -> ZoneInfo:
    """Give the school's time zone then: by who says one nearest above it, in the calendar nearest to that day (UTC).

    queries.ZONE says the same in SQL.
    """
    day = at.astimezone(UTC).date()
    said = [level for level in levels if level.time_zone is not None]
    nearest = min(said, key=lambda one: (one.depth, one.days_from(day), -one.begin.toordinal()), default=None)
    return ZoneInfo(nearest.time_zone if nearest and nearest.time_zone else "UTC")


def local_day(levels: Sequence[Level], at: datetime) -> date:
    return at.astimezone(zone_of(levels, at)).date()


def after_school_days(levels: Sequence[Level], start: datetime, amount: int) -> datetime:
    """Give the end of the school day that is so many after the day of `start`, in the school's own time."""
    zone = zone_of(levels, start)
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
    first, last = local_day(levels, start), local_day(levels, end)
    days = range(1, min((last - first).days, FARTHEST) + 1)
    return sum(is_school_day(levels, first + timedelta(days=distance)) for distance in days)

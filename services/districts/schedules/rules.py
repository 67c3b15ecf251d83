"""When a schedule runs. No I/O.

By the clock of its zone, as Debian's cron has it. What is due at a time of day that a day in spring has not is due
right after the gap; what is due at one that a day in autumn has twice is due the first time. What is due every so many
minutes or hours goes on through both. What was missed is made up for once, and then it is the next one's turn.
"""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

_FIELDS = 5  # minutes to weekdays; no seconds


def is_cron(text: str) -> bool:
    try:
        CronSim(text, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError:
        return False
    return len(text.split()) == _FIELDS


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    return name in _zones()


def next_run(cron: str, zone: str, after: datetime) -> datetime | None:
    """Give the first instant after this one; None for a day that never comes."""
    for due in CronSim(cron, after.astimezone(ZoneInfo(zone))):
        # In the hour that comes twice the library starts from its first pass, which may lie before.
        if due.astimezone(UTC) > after:
            return due.astimezone(UTC)
    return None

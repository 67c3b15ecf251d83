"""Days of leave. Pure."""

from collections.abc import Iterable
from datetime import date, timedelta

Leave = tuple[date, date | None]
_DAY = timedelta(days=1)


def is_away(leaves: Iterable[Leave], day: date) -> bool:
    return any(begin <= day and (end is None or end >= day) for begin, end in leaves)


def days_later(begin: date, days: int, leaves: Iterable[Leave], known: date) -> date:
    """Give the day that is so many days at work after another. A leave without an end is known to last till `known`."""
    found, seen = begin + timedelta(days=days), begin
    for first, last in sorted((first, last or known) for first, last in leaves):
        start = max(first, seen + _DAY)
        if start > found:
            break
        if last >= start:
            found, seen = found + (last - start) + _DAY, last
    return found

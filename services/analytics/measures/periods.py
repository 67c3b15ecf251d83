"""Months of the calendar in the district's time zone, and what was known of them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Period:
    """One month, or several without a name, up to `as_of`. Those assigned are counted on the last day."""

    month: str | None
    first_day: date
    last_day: date
    starts: datetime
    ends: datetime


def months_between(first: str, last: str) -> Iterator[str]:
    month = first
    while month <= last:
        yield month
        month = name_of(month_after(_begin(month)))


def months_before(month: str, count: int) -> str:
    year, index = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 - count, 12)
    return f"{year:04d}-{index + 1:02d}"


def name_of(day: date) -> str:
    return f"{day:%Y-%m}"


def period_of(first: str, last: str, *, as_of: datetime, zone: tzinfo, name: str | None = None) -> Period:
    """Make the period from one month through another. It ends today if that is sooner: the rest is not known yet."""
    after = month_after(_begin(last))
    return Period(
        month=name,
        first_day=_begin(first),
        last_day=min(after - timedelta(days=1), as_of.astimezone(zone).date()),
        starts=_midnight(_begin(first), zone),
        ends=_midnight(after, zone),
    )


def month_end(as_of: datetime, zone: tzinfo) -> datetime:
    """Give the end of the last month that was over by then: content of coaching is told by whole months."""
    return _midnight(as_of.astimezone(zone).date().replace(day=1), zone)


def month_after(first_day: date) -> date:
    return (first_day + timedelta(days=31)).replace(day=1)


def _begin(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)

"""When a schedule runs: by the clock of its zone, also on the two days of the year when that clock is set."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.districts.schedules.rules import is_cron, is_zone, next_run

CHICAGO = "America/Chicago"


def runs(cron: str, zone: str, begin: datetime, end: datetime) -> list[datetime]:
    found, moment = [], begin
    while (due := next_run(cron, zone, moment)) is not None and due < end:
        found.append(due)
        moment = due + timedelta(milliseconds=400)  # a worker looks a moment later
    return found


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("cron", "begin", "due"),
    [
        ("30 2 * * *", at(2026, 10, 30, 12), [at(2026, 10, 31, 7, 30), at(2026, 11, 1, 8, 30), at(2026, 11, 2, 8, 30)]),
        # There is no 2:30 on this Sunday: right after the gap, at 3:00, once.
        ("30 2 * * *", at(2027, 3, 13, 12), [at(2027, 3, 14, 8), at(2027, 3, 15, 7, 30), at(2027, 3, 16, 7, 30)]),
        # 1:30 comes twice on this one: the first time, and not again.
        ("30 1 * * *", at(2026, 10, 31, 12), [at(2026, 11, 1, 6, 30), at(2026, 11, 2, 7, 30), at(2026, 11, 3, 7, 30)]),
    ],
)
def test_a_time_of_day_is_due_once_each_day(cron: str, begin: datetime, due: list[datetime]) -> None:
    assert runs(cron, CHICAGO, begin, begin + timedelta(days=3)) == due


def test_what_was_missed_in_the_hour_that_comes_twice_is_made_up_for_once() -> None:
    """The worker comes back at 1:10, the second time that it is so: today's 1:30 was the first one, and is over."""
    assert next_run("30 1 * * *", CHICAGO, at(2026, 11, 1, 7, 10)) == at(2026, 11, 2, 7, 30)


@given(
    st.integers(0, 59), st.integers(0, 23), st.dates(datetime(2025, 1, 1).date(), datetime(2027, 12, 1).date()),
    st.sampled_from((CHICAGO, "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "UTC")),
)  # fmt: skip
def test_each_local_day_has_one_run_wherever(minute: int, hour: int, day: object, zone: str) -> None:
    begin = datetime.combine(day, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type]
    due = runs(f"{minute} {hour} * * *", zone, begin, begin + timedelta(days=9))
    days = [one.astimezone(ZoneInfo(zone)).date() for one in due]
    assert len(set(days)) == len(days)
    assert {(later - earlier).days for earlier, later in pairwise(days)} == {1}


@given(st.sampled_from((CHICAGO, "Europe/Berlin")), st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))
def test_every_quarter_of_an_hour_goes_on_through_both(zone: str, naive: datetime) -> None:
    begin = naive.replace(tzinfo=UTC)
    due = next_run("*/15 * * * *", zone, begin)
    assert due is not None
    assert timedelta() < due - begin <= timedelta(minutes=15)


def test_what_is_no_schedule() -> None:
    assert not is_cron("0 0 31 2 *"), "a day that never comes"
    assert not is_cron("* * * * * *"), "seconds"
    assert not is_cron("every night")
    assert is_cron("30 2 L * 1-5")
    assert is_zone(CHICAGO)
    assert not is_zone("Mars/Olympus")

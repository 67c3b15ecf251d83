"""Worked example D20, the rules about what is pending, and the plain loops of the oracle."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.measures.latency import working_days
from services.analytics.measures.statistics import Reason
from tests.analytics import oracle
from tests.analytics.counting import LatencyItem, elapsed_hours, latency_summary

EXAMPLES = Path(__file__).parents[4] / "shared" / "data" / "measures" / "worked_examples.json"
NEW_YORK = ZoneInfo("America/New_York")
START = datetime(2025, 9, 1, 12, tzinfo=UTC)
NOW = START + timedelta(days=30)


def item(teacher, observed, shared, due=48):
    """Times in hours after START."""
    at = START + timedelta(hours=observed)
    answered = None if shared is None else START + timedelta(hours=shared)
    return LatencyItem(teacher, at, answered, None if due is None else at + timedelta(hours=due))


def test_worked_example_d20():
    if not EXAMPLES.exists():
        pytest.skip("the shared worked examples are not beside this checkout")
    example = next(each for each in json.loads(EXAMPLES.read_text()) if each["id"] == "D20")
    given_, expected = example["input"], example["expected"]
    zone = ZoneInfo(given_["tz"])

    def local(text):
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC) if text else None

    pairs = [(local(observed), local(shared)) for observed, shared in given_["latency_cases"]]
    done = [pair for pair in pairs if pair[1]]
    assert [elapsed_hours(*pair) for pair in done] == expected["elapsed_hours"][:2]
    assert [working_days(*pair, zone) for pair in done] == expected["business_day_latency"][:2]

    items = [LatencyItem(i, seen, shared, seen + timedelta(hours=48)) for i, (seen, shared) in enumerate(pairs)]
    summary = latency_summary(items, as_of=local(given_["as_of"]))
    rate = expected["on_time_rate_48h"]
    assert summary.p50_hours.value == expected["median_hours_completed"]
    assert (summary.completed, summary.pending, summary.pending_overdue) == (2, expected["pending"], 1)
    assert summary.on_time_rate.n == rate["denominator"]
    assert summary.on_time_rate.value == pytest.approx(rate["value"], abs=example["tolerance"]["default"])


def test_what_is_pending_but_not_due_yet_is_neither_on_time_nor_late():
    as_of = START + timedelta(hours=40)
    summary = latency_summary([item(1, 0, 10), item(2, 20, None)], as_of=as_of)
    assert (summary.on_time_rate.value, summary.on_time_rate.n) == (1.0, 1)
    assert (summary.pending, summary.pending_overdue) == (1, 0)
    assert summary.median_with_pending.n == 2


def test_the_deadline_itself_is_in_time():
    assert latency_summary([item(1, 0, 48)], as_of=NOW).on_time_rate.value == 1.0
    at_deadline = latency_summary([item(1, 0, None)], as_of=START + timedelta(hours=48))
    assert at_deadline.pending_overdue == 0


def test_without_a_deadline_there_is_a_latency_but_no_rate():
    summary = latency_summary([item(1, 0, 10, due=None), item(2, 0, None, due=None)], as_of=NOW)
    assert summary.p50_hours.value == 10
    assert (summary.on_time_rate.value, summary.on_time_rate.reason) == (None, Reason.EMPTY_DENOMINATOR)
    assert summary.pending_overdue == 0


def test_an_earlier_as_of_does_not_know_what_came_later():
    items = [item(1, 0, 10), item(2, 0, 100), item(3, 90, 95)]
    then = latency_summary(items, as_of=START + timedelta(hours=50))
    assert (then.completed, then.pending, then.pending_overdue) == (1, 1, 1)
    assert then.on_time_rate.n == 2


def test_waiting_ones_lift_the_median():
    items = [item(teacher, 0, 1) for teacher in range(4)] + [item(teacher, 0, None) for teacher in range(4, 10)]
    summary = latency_summary(items, as_of=NOW)
    assert summary.p50_hours.value == 1
    assert (summary.median_with_pending.value, summary.median_with_pending.reason) == (None, Reason.NOT_REACHED)


def test_suppression_counts_teachers_not_observations():
    many_of_one = [item(1, hour, hour + 5) for hour in range(20)]
    summary = latency_summary(many_of_one, as_of=NOW, n_min=5)
    assert all(
        estimate.suppressed and estimate.value is None and estimate.n is None
        for estimate in (summary.p50_hours, summary.p90_hours, summary.median_with_pending, summary.on_time_rate)
    )
    assert (summary.completed, summary.pending, summary.pending_overdue) == (None, None, None)


def test_suppression_looks_at_the_teachers_behind_each_value():
    items = [item(1, 0, 5)] + [item(teacher, 0, None) for teacher in range(2, 8)]
    summary = latency_summary(items, as_of=NOW, n_min=5)
    assert summary.p50_hours.suppressed  # one teacher's
    assert summary.on_time_rate.value == pytest.approx(1 / 7)  # seven teachers'


def test_nothing_observed_is_nothing_suppressed():
    summary = latency_summary([], as_of=NOW, n_min=5)
    assert summary.p50_hours.reason is Reason.EMPTY_DENOMINATOR
    assert (summary.completed, summary.on_time_rate.suppressed) == (0, False)


def test_hours_are_real_hours_over_the_change_of_clocks():
    before = datetime(2025, 11, 1, 12, tzinfo=NEW_YORK)
    after = datetime(2025, 11, 2, 12, tzinfo=NEW_YORK)
    assert elapsed_hours(before.astimezone(UTC), after.astimezone(UTC)) == 25


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ((2025, 9, 5, 14), (2025, 9, 6, 14), 0),  # into Saturday
        ((2025, 8, 29, 14), (2025, 9, 2, 9), 1),  # over Labor Day
        ((2025, 9, 8, 9), (2025, 9, 12, 9), 4),
        ((2025, 9, 8, 9), (2025, 9, 8, 8), 0),
    ],
)
def test_working_days(start, end, days):
    labor_day = {date(2025, 9, 1)}
    assert working_days(datetime(*start, tzinfo=NEW_YORK), datetime(*end, tzinfo=NEW_YORK), NEW_YORK, labor_day) == days


def test_working_days_follow_the_school_zone_not_utc():
    late_evening = datetime(2025, 9, 9, 1, tzinfo=UTC)  # still Monday in New York
    assert working_days(datetime(2025, 9, 8, 14, tzinfo=UTC), late_evening, NEW_YORK) == 0
    assert working_days(datetime(2025, 9, 8, 14, tzinfo=UTC), late_evening, ZoneInfo("UTC")) == 1


rows = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 700), st.none() | st.integers(0, 300), st.sampled_from([24, 48, None])),
    max_size=25,
)


@given(rows, st.integers(0, 800))
def test_summary_agrees_with_plain_loops(drawn, hours_later):
    as_of = START + timedelta(hours=hours_later)
    items, observed = [], []
    for teacher, at, taken, due in drawn:
        made = item(teacher, at, None if taken is None else at + taken, due)
        items.append(made)
        if made.observed_at <= as_of:
            observed.append(oracle.Observed(teacher, "s", made.observed_at, made.shared_at, due))
    summary, expected = latency_summary(items, as_of=as_of), oracle.latency_of(observed, as_of=as_of)
    for ours, theirs in (
        (summary.p50_hours, expected.p50),
        (summary.p90_hours, expected.p90),
        (summary.on_time_rate, expected.on_time),
    ):
        ends = (ours.interval.low, ours.interval.high) if ours.interval else (None, None)
        assert (ours.n, ours.value) == (theirs.n, pytest.approx(theirs.value))
        assert ends == pytest.approx(theirs.interval)
    assert summary.median_with_pending.value == expected.median_with_pending
    assert (summary.completed, summary.pending) == (expected.completed, expected.pending)
    assert summary.pending_overdue == expected.pending_overdue

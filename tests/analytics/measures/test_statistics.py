"""Against printed values, against another road to the same number, and against what has to hold for every input."""

import json
import math
import statistics
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.measures.statistics import (
    Count,
    Duration,
    Estimate,
    Interval,
    Reason,
    difference,
    kaplan_meier,
    proportion,
    quantile,
    quantile_of,
    quantile_ranks,
    ratio,
    suppress_below,
    waiting_quantile,
    wilson,
)
from tests.analytics import oracle

NOW = datetime(2025, 9, 12, 14, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[4] / "shared" / "data" / "measures" / "worked_examples.json"

# Freireich et al. 1963 (6-MP against placebo), as used by Gehan 1965 and Klein & Moeschberger, table 1.2.
SIX_MP = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"

counts = st.integers(1, 400).flatmap(lambda n: st.builds(Count, st.integers(0, n), st.just(n)))
hours = st.integers(0, 60).map(float)
durations = st.lists(st.builds(Duration, hours=hours, completed=st.booleans()), max_size=30)


def example(name):
    if not EXAMPLES.exists():
        pytest.skip("the shared worked examples are not beside this checkout")
    return next(item for item in json.loads(EXAMPLES.read_text()) if item["id"] == name)


def weeks(text):
    return [Duration(float(word.rstrip("+")), completed=not word.endswith("+")) for word in text.split()]


def test_wilson_agrees_with_worked_example_d14():
    item = example("D14")
    for (successes, n), ends in zip(item["input"]["cases"], item["expected"]["intervals"], strict=True):
        interval = wilson(Count(successes, n))
        assert (interval.low, interval.high) == pytest.approx(ends, abs=item["tolerance"]["default"])


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_prints_newcombe_1998_table_1_method_3(successes, n, low, high):
    interval = wilson(Count(successes, n))
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("after", "before", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_difference_prints_newcombe_1998_table_2_method_10(after, before, low, high):
    interval = difference(Count(*after), Count(*before), as_of=NOW).interval
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@given(counts)
def test_wilson_stays_inside_and_contains_its_share(count):
    interval = wilson(count)
    assert 0.0 <= interval.low <= count.successes / count.n <= interval.high <= 1.0


@given(counts)
def test_wilson_solves_the_inequality_that_defines_it(count):
    interval, expected = wilson(count), oracle.share(count.successes, count.n)
    assert (interval.low, interval.high) == pytest.approx(expected.interval, abs=1e-9)


@given(counts)
def test_wilson_moves_up_with_one_more_success_and_mirrors(count):
    here = wilson(count)
    mirror = wilson(Count(count.n - count.successes, count.n))
    assert (mirror.low, mirror.high) == pytest.approx((1 - here.high, 1 - here.low), abs=1e-12)
    if count.successes < count.n:
        more = wilson(Count(count.successes + 1, count.n))
        assert more.low > here.low
        assert more.high >= here.high


@given(counts, counts)
def test_difference_contains_its_value_and_turns_its_sign(after, before):
    there, back = difference(after, before, as_of=NOW), difference(before, after, as_of=NOW)
    assert -1.0 <= there.interval.low <= there.value <= there.interval.high <= 1.0
    assert back.value == -there.value
    assert (back.interval.low, back.interval.high) == pytest.approx((-there.interval.high, -there.interval.low))


def test_nothing_of_nothing_is_no_value_with_a_reason():
    none = Count(0, 0)
    for estimate in (
        proportion(none, as_of=NOW),
        difference(none, none, as_of=NOW),
        quantile([], 0.5, as_of=NOW),
        waiting_quantile([], 0.5, as_of=NOW),
        ratio(0, 0, n=0, as_of=NOW),
    ):
        assert (estimate.value, estimate.interval, estimate.n) == (None, None, 0)
        assert estimate.reason is Reason.EMPTY_DENOMINATOR
        assert not estimate.suppressed
    one_side = difference(Count(1, 2), none, as_of=NOW)
    assert (one_side.value, one_side.n, one_side.reason) == (None, 2, Reason.EMPTY_DENOMINATOR)


@pytest.mark.parametrize(("successes", "n"), [(-1, 3), (4, 3), (0, -1)])
def test_a_count_is_a_part_of_its_whole(successes, n):
    with pytest.raises(ValueError, match="is not a count"):
        Count(successes, n)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40))
def test_quantiles_agree_with_the_standard_library(values):
    deciles = statistics.quantiles(values, n=10, method="inclusive")
    ordered = sorted(values)
    assert [quantile_of(ordered, tenth / 10) for tenth in range(1, 10)] == pytest.approx(deciles, rel=1e-9, abs=1e-6)
    assert ordered[0] <= quantile_of(ordered, 0.5) <= quantile_of(ordered, 0.9) <= ordered[-1]


@pytest.mark.parametrize(
    ("n", "lower", "upper"),
    # Two-sided 5 % points of the sign test, so the classical interval of a median.
    [(5, None, None), (6, 1, 6), (8, 1, 8), (9, 2, 8), (10, 2, 9), (15, 4, 12), (20, 6, 15), (25, 8, 18)],
)
def test_median_ranks_are_those_of_the_sign_test(n, lower, upper):
    assert quantile_ranks(n, 0.5) == (lower, upper)


@given(st.integers(1, 60), st.sampled_from([(5, 0.5), (9, 0.9)]))
def test_ranks_agree_with_exact_fractions(n, quantile_and_p):
    tenths, p = quantile_and_p
    assert quantile_ranks(n, p) == oracle.ranks(n, Fraction(tenths, 10))


def test_a_ninetieth_percentile_has_an_upper_end_from_36_values_on():
    assert quantile([float(i) for i in range(35)], 0.9, as_of=NOW).interval == Interval(27.0, None)
    assert quantile([float(i) for i in range(36)], 0.9, as_of=NOW).interval == Interval(28.0, 35.0)


def test_ranks_stay_quick_and_right_for_many_values():
    lower, upper = quantile_ranks(1_000_000, 0.9)
    spread = 1.959964 * math.sqrt(1_000_000 * 0.9 * 0.1)
    assert (lower, upper) == (pytest.approx(900_000 - spread, abs=2), pytest.approx(900_000 + spread, abs=2))


def test_kaplan_meier_prints_the_6_mp_table():
    steps = kaplan_meier(weeks(SIX_MP))
    assert [(step.hours, round(step.waiting, 3)) for step in steps] == [
        (6, 0.857),
        (7, 0.807),
        (10, 0.753),
        (13, 0.690),
        (16, 0.627),
        (22, 0.538),
        (23, 0.448),
    ]


def test_median_and_interval_print_those_of_the_6_mp_trial():
    treated = waiting_quantile(weeks(SIX_MP), 0.5, as_of=NOW)
    control = waiting_quantile(weeks(PLACEBO), 0.5, as_of=NOW)
    assert (treated.value, treated.interval, treated.n) == (23, Interval(13, None), 21)
    assert (control.value, control.interval, control.n) == (8, Interval(4, 11), 21)


@given(durations)
def test_kaplan_meier_agrees_with_redistribution_to_the_right(items):
    done = [item.hours for item in items if item.completed]
    waiting = [item.hours for item in items if not item.completed]
    expected = oracle.median_with_pending(done, waiting)
    assert waiting_quantile(items, 0.5, as_of=NOW).value == expected


@given(durations)
def test_waiting_only_falls_and_stays_in_its_band(items):
    steps = kaplan_meier(items)
    assert all(0.0 <= step.low <= step.waiting <= step.high <= 1.0 for step in steps)
    assert all(later.waiting < earlier.waiting for earlier, later in pairwise(steps))


@given(durations)
def test_the_interval_of_a_waiting_quantile_contains_it(items):
    estimate = waiting_quantile(items, 0.5, as_of=NOW)
    if estimate.interval is None:
        return
    if estimate.value is None:
        assert (estimate.reason, estimate.interval.high) == (Reason.NOT_REACHED, None)
    else:
        assert estimate.interval.low <= estimate.value
        assert estimate.interval.high is None or estimate.value <= estimate.interval.high


@given(st.lists(hours, min_size=1, max_size=30))
def test_without_censoring_kaplan_meier_is_the_empirical_share(values):
    for step in kaplan_meier([Duration(value, completed=True) for value in values]):
        assert step.waiting == pytest.approx(sum(value > step.hours for value in values) / len(values))


def test_suppression_leaves_nothing_to_subtract():
    estimate = proportion(Count(3, 4), as_of=NOW)
    hidden = suppress_below(estimate, 5, 4)
    assert hidden == Estimate(
        None, None, None, estimate.method_version, NOW, suppressed=True, reason=Reason.BELOW_MINIMUM_N
    )
    assert suppress_below(estimate, 4, 4) is estimate
    assert suppress_below(estimate, 5, 9, 4).suppressed  # the smaller of two groups decides


def test_suppression_keeps_the_reason_of_what_has_no_value():
    empty = proportion(Count(0, 0), as_of=NOW)
    assert suppress_below(empty, 5, 0) is empty


def test_ratio_agrees_with_worked_example_d20():
    item = example("D20")
    school, expected = item["input"]["school"], item["expected"]
    covered = proportion(Count(school["observed_ge1"], school["teachers"]), as_of=NOW)
    coached = ratio(school["teachers"], school["coach_fte"], n=school["teachers"], as_of=NOW)
    means = [statistics.mean(school["hours"][group]) for group in ("title1", "non")]
    assert covered.value == pytest.approx(expected["coverage"])
    assert coached.value == pytest.approx(expected["teachers_per_coach"])
    assert ratio(*means, n=6, as_of=NOW).value == pytest.approx(expected["mean_hours_ratio_title1_to_non"])

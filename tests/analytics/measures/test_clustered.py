"""Rates over groups that hang together: against the printed formulas by hand, and against what has to hold always."""

import math
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.analytics.measures.clustered import (
    Tally,
    clustered_difference,
    clustered_mean,
    clustered_rate,
    correlation,
    difference_of,
    effective_n,
    pooled,
    ratio_of,
    student_t,
)
from services.analytics.measures.statistics import Count, Reason, difference, wilson

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
# Weil 1970, pups alive at 21 days of those alive at 4, by litter: table 1 of Rao & Scott 1992. Their design effects of
# it are printed in the manual of the R package PF (rsb): 1.232495 and 3.952861.
CONTROL = [(13, 13), (12, 12), (9, 9), (9, 9), (8, 8), (8, 8), (12, 13), (11, 12), (9, 10), (9, 10), (8, 9), (11, 13),
           (4, 5), (5, 7), (7, 10), (7, 10)]  # fmt: skip
TREATED = [(12, 12), (11, 11), (10, 10), (9, 9), (10, 11), (9, 10), (9, 10), (8, 9), (8, 9), (4, 5), (7, 9), (4, 7),
           (5, 10), (3, 6), (3, 10), (0, 7)]  # fmt: skip

tallies = st.integers(1, 8).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
groups = st.lists(tallies, min_size=2, max_size=25)
singles = st.lists(st.booleans(), min_size=1, max_size=60)


def of(rows, start=0):
    return {start + key: Tally(hits, n) for key, (hits, n) in enumerate(rows)}


def rate(rows):
    return clustered_rate(of(rows), as_of=AS_OF)


def ends(estimate):
    return estimate.interval.low, estimate.interval.high


@pytest.mark.parametrize(
    ("degrees", "point"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (5, 2.5706), (9, 2.2622), (10, 2.2281), (30, 2.0423),
     (60, 2.0003), (120, 1.9799), (1000, 1.9623)],
)  # fmt: skip
def test_students_t_is_that_of_the_tables(degrees, point):
    assert student_t(degrees) == pytest.approx(point, abs=5e-5)


def test_students_t_falls_towards_the_normal_and_its_two_roads_meet():
    points = [student_t(degrees) for degrees in range(1, 400)]
    assert points == sorted(points, reverse=True)
    assert points[-1] > 1.959963


@pytest.mark.parametrize(("rows", "printed"), [(CONTROL, 1.232495), (TREATED, 3.952861)])
def test_the_design_effect_is_the_one_of_rao_and_scott(rows, printed):
    m, n, x = len(rows), sum(r[1] for r in rows), sum(r[0] for r in rows)
    p = Fraction(x, n)
    by_hand = Fraction(m, m - 1) * sum((hits - size * p) ** 2 for hits, size in rows) / n**2
    ratio = ratio_of(of(rows))
    assert ratio.variance == pytest.approx(float(by_hand))
    assert n * ratio.variance / float(p * (1 - p)) == pytest.approx(printed, abs=5e-7)


def test_the_interval_is_wilsons_at_the_n_of_korn_and_graubard():
    m, n, x = len(TREATED), 145, 112
    p = x / n
    variance = m / (m - 1) * sum((hits - size * p) ** 2 for hits, size in TREATED) / n**2
    worth = n / (variance / (p * (1 - p) / (n - 1))) * (1.976575 / 2.131450) ** 2
    assert effective_n(ratio_of(of(TREATED))) == pytest.approx(worth, rel=1e-5)
    z = 1.959964
    centre = (p + z * z / (2 * worth)) / (1 + z * z / worth)
    half = z * math.sqrt(p * (1 - p) / worth + z * z / (4 * worth**2)) / (1 + z * z / worth)
    assert ends(rate(TREATED)) == pytest.approx((centre - half, centre + half), abs=1e-5)


@given(singles)
def test_one_mark_of_each_teacher_is_the_plain_wilson(marks):
    found = rate([(int(mark), 1) for mark in marks])
    plain = wilson(Count(sum(marks), len(marks)))
    assert found.n == len(marks)
    assert ends(found) == pytest.approx((plain.low, plain.high), abs=1e-9)


@given(groups)
def test_dependence_never_narrows_an_interval_and_it_holds_its_rate(rows):
    found = rate(rows)
    plain = wilson(Count(sum(hits for hits, _ in rows), sum(n for _, n in rows)))
    low, high = ends(found)
    assert 0 <= low <= found.value <= high <= 1
    assert low <= plain.low + 1e-9
    assert high >= plain.high - 1e-9


@given(groups, st.integers(2, 5))
def test_marks_said_again_teach_nothing(rows, times):
    """All marks of everybody repeated: n grows, what it is worth hardly does."""
    ratio, again = ratio_of(of(rows)), ratio_of(of([(hits * times, n * times) for hits, n in rows]))
    assert again.value == pytest.approx(ratio.value)
    assert again.variance == pytest.approx(ratio.variance)
    assert again.n == times * ratio.n


@given(groups, st.randoms(use_true_random=False))
def test_order_and_names_of_groups_do_not_matter(rows, random):
    shuffled = rows[:]
    random.shuffle(shuffled)
    assert ends(rate(rows)) == pytest.approx(ends(clustered_rate(of(shuffled, 100), as_of=AS_OF)))


def test_where_nobody_differs_a_group_counts_once():
    assert effective_n(ratio_of(of([(5, 5)] * 6))) == 6
    assert effective_n(ratio_of(of([(0, 9)] * 4))) == 4
    assert effective_n(ratio_of(of([(7, 20)]))) == 1
    assert ends(rate([(5, 5)] * 6)) == pytest.approx(ends(rate([(1, 1)] * 6)))


def test_nothing_has_no_rate():
    assert rate([]).reason is Reason.EMPTY_DENOMINATOR
    assert rate([(0, 0)]).n == 0
    assert clustered_mean({}, as_of=AS_OF).value is None
    assert clustered_difference(of([(1, 2)]), {}, as_of=AS_OF).reason is Reason.EMPTY_DENOMINATOR


@given(singles, singles)
def test_different_teachers_one_mark_each_is_newcombes_difference(after, before):
    found = clustered_difference(of([(int(m), 1) for m in after]), of([(int(m), 1) for m in before], 1000), as_of=AS_OF)
    plain = difference(Count(sum(after), len(after)), Count(sum(before), len(before)), as_of=AS_OF)
    assert found.value == pytest.approx(plain.value)
    assert ends(found) == pytest.approx(ends(plain), abs=1e-9)


@given(groups, groups)
def test_a_difference_lies_in_its_interval_and_turns_its_sign(after, before):
    one = clustered_difference(of(after), of(before), as_of=AS_OF)
    other = clustered_difference(of(before), of(after), as_of=AS_OF)
    low, high = ends(one)
    assert -1 <= low <= one.value <= high <= 1
    assert ends(other) == pytest.approx((-high, -low), abs=1e-9)
    assert other.value == pytest.approx(-one.value)


@given(groups)
def test_the_same_teachers_with_the_same_marks_did_not_change(rows):
    assume(0 < sum(hits for hits, _ in rows) < sum(n for _, n in rows))
    found = clustered_difference(of(rows), of(rows), as_of=AS_OF)
    ratio = ratio_of(of(rows))
    assert found.value == 0
    if ratio.variance > 1e-9:
        assert correlation(ratio, ratio) == pytest.approx(1)


def test_teachers_seen_twice_say_more_than_different_ones():
    before, after = [(1, 10), (3, 10), (5, 10), (7, 10), (2, 10)], [(3, 10), (5, 10), (7, 10), (9, 10), (4, 10)]
    paired = clustered_difference(of(after), of(before), as_of=AS_OF)
    apart = clustered_difference(of(after), of(before, 100), as_of=AS_OF)
    assert paired.value == apart.value == pytest.approx(0.2)
    assert paired.interval.low > apart.interval.low
    assert paired.interval.low > 0 > apart.interval.low


def test_a_difference_of_differences():
    one = clustered_difference(of([(8, 10)] * 3 + [(5, 10)] * 3), of([(4, 10)] * 3 + [(2, 10)] * 3, 50), as_of=AS_OF)
    other = clustered_difference(of([(4, 10)] * 6, 200), of([(4, 10)] * 6, 300), as_of=AS_OF)
    found = difference_of(one, other, as_of=AS_OF)
    assert found.value == pytest.approx(one.value - other.value)
    low = found.value - math.hypot(one.value - one.interval.low, other.interval.high - other.value)
    assert found.interval.low == pytest.approx(low)
    assert found.n == one.n + other.n


def test_a_mean_of_one_each_is_students():
    values = [4.0, 6.0, 9.0, 5.0]
    found = clustered_mean({key: Tally(value, 1) for key, value in enumerate(values)}, as_of=AS_OF)
    mean = sum(values) / 4
    half = 3.182446 * math.sqrt(sum((v - mean) ** 2 for v in values) / 3 / 4)
    assert found.value == mean
    assert ends(found) == pytest.approx((mean - half, mean + half), abs=1e-5)
    assert clustered_mean({1: Tally(8, 2)}, as_of=AS_OF).interval is None


def test_what_was_counted_apart_adds_up():
    parts = [{1: Tally(1, 2)}, {1: Tally(1, 1), 2: Tally(0, 3)}]
    assert pooled(parts) == {1: Tally(2, 3), 2: Tally(0, 3)}

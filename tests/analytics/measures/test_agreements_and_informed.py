"""Consistency of agreements, change between walks and what walks informed: over HTTP and against rows by hand."""

import statistics
from datetime import UTC, date, datetime, timedelta
from itertools import chain, combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.measures.between import between_groups
from services.analytics.measures.clustered import Tally, clustered_rate
from services.analytics.measures.disclosure import Told, disclosable, released
from services.analytics.measures.informed.rules import Walk, informed
from services.analytics.measures.statistics import Count, difference
from services.observations.walks.rules import pattern_ids
from shared.clock import new_id
from tests.analytics.line import STARTS, Line

DAY = timedelta(days=1)
NOW = datetime(2026, 11, 1, tzinfo=UTC)


async def agree(line: Line, since: str, **more: Any) -> str:
    given = {"org_id": line.school(), "title": "We wait", "statement": "Three seconds.", "look_for_ids":
             line.look_fors[:1], "framework_version_id": line.version} | more  # fmt: skip
    agreement = await line.put("agreements", "superintendent", **given)
    await line.act("agreements", agreement, "ratify", "superintendent", ratified_on=since)
    return str(agreement)


async def test_an_agreement_is_read_by_class_and_apart_from_walks(line: Line) -> None:
    """Two visits to each of five teachers' classes; those before it held and an evaluation do not count."""
    seen = [(1, 1), (1, 0), (0, 0), (1, 1), (0, 1)]
    word = ("not_seen", "seen")
    classes = [new_id() for _ in seen]
    visits = [
        line.visit(teacher, STARTS + n * DAY, [word[mark]], class_id=classes[index])
        for index, (teacher, marks) in enumerate(zip(line.teachers(), seen, strict=False))
        for n, mark in enumerate(marks)
    ]
    early = [line.visit(teacher, STARTS - 40 * DAY, ["not_seen"]) for teacher in line.teachers()[:5]]
    judged = line.visit(line.teachers()[0], STARTS + DAY, ["not_seen"], purpose="evaluation")
    await line.record(*visits, *early, judged)
    await line.walk(STARTS, [["seen"]] * 4 + [["not_seen"]] * 2)
    agreement = await agree(line, "2024-02-01")
    everywhere = await agree(line, "2024-02-01", org_id=line.staff.org)
    await line.settle()
    answer = await line.ask("/v1/measures/agreement_consistency", count="true")
    places = {(row["agreement_id"], row["school_name"]) for row in answer["data"]}
    assert places == {(agreement, "North"), (everywhere, "North"), (everywhere, "South")}
    rows = (await line.ask("/v1/measures/agreement_consistency", "principal 0", agreement_id=agreement))["data"]
    observed, walked = rows[0]["sources"]
    assert observed["counts"] == {"seen": 6, "looks": 10, "people": 5, "classes": 5}
    rate = clustered_rate({n: Tally(sum(one), 2) for n, one in enumerate(seen)}, as_of=STARTS)
    said = observed["values"]["prevalence"]
    assert (said["value"], said["n"], said["interval"]["low"]) == (0.6, 10, pytest.approx(rate.interval.low))
    variance = observed["values"]["between_class_variance"]
    assert (variance["value"], variance["n"]) == (pytest.approx(by_hand(seen)), 5)
    assert (walked["counts"]["seen"], walked["counts"]["looks"]) == (4, 6)
    assert walked["values"]["between_class_variance"]["reason"] == "no_repeated_looks"
    (south,) = (await line.ask("/v1/measures/agreement_consistency", "principal 1"))["data"]
    assert (south["agreement_id"], south["sources"][0]["values"]["prevalence"]["reason"]) == (
        everywhere, "empty_denominator",
    )  # fmt: skip
    assert (await line.ask("/v1/measures/agreement_consistency", "teacher 00"))["data"] == []


async def test_few_teachers_have_no_numbers(line: Line) -> None:
    await line.record(*(line.visit(teacher, STARTS, ["seen"]) for teacher in line.teachers()[:4]))
    await agree(line, "2024-02-01")
    await line.settle()
    (row,) = (await line.ask("/v1/measures/agreement_consistency"))["data"]
    observed = row["sources"][0]
    assert set(observed["counts"].values()) == {None}
    assert all(value["suppressed"] and value["n"] is None for value in observed["values"].values())


async def test_no_two_moments_differ_by_one_teacher(line: Line) -> None:
    """Five in February, one in March, one more and four others in April: whoever takes an answer from a later one."""
    people, months = line.teachers(), [STARTS, STARTS + 30 * DAY, STARTS + 60 * DAY]
    groups = [(people[:5], "seen"), (people[5:], "not_seen"), (people[:4], "seen")]
    visits = [
        line.visit(teacher, at + n * DAY, [mark])
        for at, (group, mark) in zip(months, groups, strict=True)
        for n, teacher in enumerate(group)
    ]
    await line.record(*visits)
    await line.walk(STARTS, [["seen"]] * 5)
    await line.walk(STARTS + 30 * DAY, [["not_seen"]])
    agreement = await agree(line, "2024-02-01")
    await line.settle()
    told: list[tuple[int | None, int | None]] = []
    moments = [datetime.fromisoformat(visit["submitted_at"]) for visit in visits]
    last_of_february, april = datetime(2024, 2, 29, 23, 59, tzinfo=UTC), datetime(2024, 5, 1, tzinfo=UTC)
    for at in sorted([*moments, *(one - timedelta(milliseconds=1) for one in moments), last_of_february, april]):
        answer = await line.ask("/v1/measures/agreement_consistency", agreement_id=agreement, as_of=at)
        assert datetime.fromisoformat(answer["as_of"]).day == 1
        observed, walked = (source["counts"] for source in answer["data"][0]["sources"])
        told.append((observed["seen"], observed["looks"]))
        assert walked["looks"] in {0, 5}  # the second walk's one stop waits for others
    assert list(dict.fromkeys(told)) == [(0, 0), (5, 5), (9, 10)]


async def test_two_agreements_on_the_same_differ_by_nobody_or_by_enough_people(line: Line) -> None:
    """A leader writes them down: since which day they hold, and for which look-fors, tells of no single teacher."""
    people, months = line.teachers(), [STARTS, STARTS + 30 * DAY, STARTS + 60 * DAY]
    marks = [(people[:5], ["seen"]), (people[:1], ["not_seen"]), (people, ["seen"])]
    visits = [
        line.visit(teacher, at, said) for at, (group, said) in zip(months, marks, strict=True) for teacher in group
    ]
    await line.record(*visits, line.visit(people[0], STARTS, [None, "seen"]))
    two = line.look_fors[:2]
    since = {day: await agree(line, day) for day in ("2024-02-01", "2024-02-02", "2024-03-01", "2024-04-01")}
    both = await agree(line, "2024-02-01", look_for_ids=two)
    await line.settle()
    said = {}
    for day, agreement in [*since.items(), ("both", both)]:
        (row,) = (await line.ask("/v1/measures/agreement_consistency", "principal 0", agreement_id=agreement))["data"]
        said[day] = row["sources"][0]["counts"]["seen"], row["sources"][0]["counts"]["looks"]
    # March's one teacher waits for April's, and is told with them alone.
    assert said == {
        "2024-02-01": (11, 12), "2024-02-02": (6, 7), "2024-03-01": (6, 7), "2024-04-01": (None, None),
        "both": (11, 12),
    }  # fmt: skip


PARTS = st.dictionaries(
    st.tuples(st.sampled_from("ab"), st.sampled_from([0, 1])), st.frozensets(st.integers(0, 9), min_size=1, max_size=6)
)


@given(st.dictionaries(st.dates(), PARTS, max_size=8), st.integers(1, 6))
def test_what_two_questions_differ_by_is_nobody_or_enough_people(
    people: dict[date, dict[tuple[str, int], frozenset[int]]], n_min: int
) -> None:
    """Two moments, or one stretch of time more: of all parts together, and of a part once it stood by itself."""

    def told(until: date) -> set[Told]:
        return set().union(*released({month: who for month, who in people.items() if month <= until}, n_min))

    def behind(some: set[Told], parts: str) -> set[int]:
        return set().union(*(people[month][part, stretch] for month, part, stretch in some if part in parts))

    def shown(until: date, part: str) -> bool:
        so_far = {one: behind({(m, *c) for m in people if m <= until for c in people[m]}, one) for one in "ab"}
        return bool(so_far[part]) and part in disclosable(so_far, n_min)

    for earlier, later in combinations(sorted(people), 2):
        assert told(earlier) <= told(later)
        for stretch in (0, 1):
            more = {one for one in told(later) - told(earlier) if one[2] == stretch}
            for parts in ("ab", *(part for part in "ab" if shown(earlier, part))):
                who = behind(more, parts)
                assert not who or len(who) >= n_min


async def test_a_walk_is_set_beside_the_one_before_it(line: Line) -> None:
    first = await line.walk(STARTS, [["seen"]] * 2 + [["not_seen"]] * 4)
    await line.walk(STARTS + DAY, [["seen"]] * 6, school=1)
    await line.walk(STARTS + DAY, [[None, "seen"]] * 6)  # did not look for it
    last = await line.walk(STARTS + 2 * DAY, [["seen"]] * 5 + [["not_seen"]])
    small = await line.walk(STARTS + 3 * DAY, [["seen"]] * 4)
    await line.settle()
    rows = (await line.ask("/v1/measures/walk_prevalence", look_for_id=line.look_fors[0], school_id=line.school()))[
        "data"
    ]
    found = {row["walk_id"]: row for row in rows}
    one = found[str(last)]
    assert one["previous_walk_id"] == str(first)
    assert one["counts"] == {"seen": 5, "stops": 6, "seen_before": 2, "stops_before": 6}
    change, plain = one["values"]["change"], difference(Count(5, 6), Count(2, 6), as_of=STARTS)
    assert (change["value"], change["n"], change["method_version"]) == (
        pytest.approx(0.5), 12, "newcombe_hybrid_score.v1",
    )  # fmt: skip
    assert change["interval"] == pytest.approx({"low": plain.interval.low, "high": plain.interval.high})
    assert found[str(first)]["values"]["change"]["reason"] == "empty_denominator"
    assert (found[str(small)]["values"]["change"]["suppressed"], found[str(small)]["counts"]["seen"]) == (True, None)


async def test_what_walks_informed(line: Line) -> None:
    """A link is of now unless its day is told, so of old walks one came in time, and those of today still run."""
    old = [await line.walk(STARTS + n * DAY, [["seen"]]) for n in range(5)]
    today = datetime.now(UTC) - timedelta(hours=4)
    new = [await line.walk(today, [["seen"]], share=False) for _ in range(5)]
    activity = await line.activity()
    for walk in (old[0], new[0]):
        await line.link(("learning_walk", walk), ("pl_activity", activity))
    (pattern,) = pattern_ids(old[1], 1)
    await line.link(("pattern", pattern), ("pl_activity", activity), linked_at=STARTS + 20 * DAY)
    await line.settle()
    (row,) = (await line.ask("/v1/measures/walks_informed", "principal 0", count="true"))["data"]
    assert row["counts"] == {"walks": 10, "over": 5, "informed": 1, "pending": 4, "informed_early": 1}
    assert (row["values"]["informed_within_30_days"]["value"], row["values"]["informed_within_30_days"]["n"]) == (
        0.2,
        5,
    )
    assert row["values"]["informed_by_30_days_with_pending"]["n"] == 10
    assert (await line.ask("/v1/measures/walks_informed", "teacher 00"))["data"] == []
    (few,) = (await line.ask("/v1/measures/walks_informed", since=STARTS + 2 * DAY))["data"]
    assert few["counts"] == {"walks": 8, "over": 3, "informed": None, "pending": 4, "informed_early": 1}
    assert few["values"]["informed_within_30_days"]["reason"] == "below_minimum_n"


@pytest.mark.parametrize(("over", "running"), [(4, 0), (0, 4), (2, 2), (4, 1), (1, 4), (4, 6), (6, 4), (5, 5)])
def test_what_became_of_few_walks_is_told_nowhere(over: int, running: int) -> None:
    walks = [Walk(NOW - 40 * DAY, NOW - 39 * DAY)] * over + [Walk(NOW - DAY, None)] * running
    found = informed(walks, as_of=NOW, n_min=5)
    assert (found.within.value is None) == (over < 5)
    assert (found.counts["informed"] is None) == (0 < over < 5 or over + running < 5)
    assert (found.counts["pending"] is None) == (0 < running < 5 or over + running < 5)
    assert (found.counts["walks"] is None) == (over + running < 5)


def by_hand(groups: list[tuple[int, ...]]) -> float:
    """One-way analysis of variance from the items themselves."""
    items = list(chain(*groups))
    mean, k, n = statistics.fmean(items), len(groups), len(items)
    between = sum(len(one) * (statistics.fmean(one) - mean) ** 2 for one in groups) / (k - 1)
    within = sum((item - statistics.fmean(one)) ** 2 for one in groups for item in one) / (n - k)
    n0 = (n - sum(len(one) ** 2 for one in groups) / n) / (k - 1)
    return (between - within) / n0


marks = st.lists(st.lists(st.integers(0, 1), min_size=1, max_size=5).map(tuple), min_size=2, max_size=8)


@given(marks)
def test_the_variance_between_classes_is_that_of_the_items(groups: list[tuple[int, ...]]) -> None:
    found = between_groups({n: Tally(sum(one), len(one)) for n, one in enumerate(groups)}, as_of=NOW)
    if all(len(one) == 1 for one in groups):
        assert (found.value, found.reason) == (None, "no_repeated_looks")
        return
    assert found.value == pytest.approx(by_hand(groups), abs=1e-12)
    if found.interval is not None:
        others = [[g for g in groups if g is not one] for one in groups]
        k = len(groups)
        pseudo = [k * by_hand(groups) - (k - 1) * by_hand(left) for left in others] if distinct(groups) else None
        if pseudo is not None:
            spread = statistics.stdev(pseudo) / k**0.5
            assert found.interval.high - found.value == pytest.approx(found.value - found.interval.low)
            assert (found.interval.high - found.value > 1e-9) == (spread > 1e-9)


def distinct(groups: list[tuple[int, ...]]) -> bool:
    return len(set(map(id, groups))) == len(groups)


def test_the_variance_of_two_classes_by_hand() -> None:
    """3 of 4 and 1 of 4: MSB 0.5, MSW 0.25, n0 4."""
    assert between_groups({"a": Tally(3, 4), "b": Tally(1, 4)}, as_of=NOW).value == pytest.approx(0.0625)
    assert between_groups({}, as_of=NOW).reason == "empty_denominator"


waits = st.lists(st.tuples(st.integers(0, 90), st.none() | st.integers(-5, 90)), max_size=30)


@given(waits)
def test_no_walk_is_dropped_and_the_plain_share_knows_only_what_is_over(
    given_waits: list[tuple[int, int | None]],
) -> None:
    walks = []
    for ago, lag in given_waits:
        held = NOW - ago * DAY
        linked = None if lag is None or lag > ago else held + lag * DAY
        walks.append(Walk(held, linked))
    found = informed(walks, as_of=NOW, n_min=1)
    counts = found.counts
    over = [walk for (ago, _), walk in zip(given_waits, walks, strict=True) if ago >= 30]
    running = len(walks) - len(over)
    assert (counts["walks"], counts["over"]) == (len(walks), len(over))
    assert counts["pending"] + counts["informed_early"] == running
    early = [lag for (ago, lag) in given_waits if ago >= 30 and lag is not None and lag <= 30]
    assert counts["informed"] == len(early)
    assert found.within.value == (len(early) / len(over) if over else None)
    if over and not running:  # everybody was followed to the end: Kaplan-Meier is the plain share
        assert found.with_pending.value == pytest.approx(len(early) / len(over))
    if found.with_pending.value is not None:
        assert 0 <= found.with_pending.value <= 1

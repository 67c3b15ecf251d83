"""Look-for application over HTTP: what counts, against the rows by hand, who may ask, and what stays hidden."""

import math
import random
from collections import defaultdict
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.measures.clustered import student_t
from services.analytics.measures.disclosure import disclosable, withheld
from tests.analytics.line import STARTS, Line

PATH = "/v1/measures/look_for_application"
ENDS = STARTS + timedelta(days=14)
DAY = timedelta(days=1)


async def taught(line: Line, people: list | None = None, **more) -> object:
    """Two sessions two weeks apart, for four of the first school's six teachers."""
    activity = await line.activity(**more)
    for at in (STARTS, ENDS):
        await line.deliver(activity, at, line.teachers()[:4] if people is None else people)
    return activity


def row(answer, source="observations", group="all", **where):
    (found,) = [
        r for r in answer["data"]
        if (r["source"], r["group"]) == (source, group) and all(r[k] == v for k, v in where.items())
    ]  # fmt: skip
    return found


def looks_by_hand(line: Line, visits: list) -> list[tuple]:
    """(group, phase, teacher, seen) of every look that counts, in plain loops over what was sent."""
    looks = []
    people = {str(person) for person in line.teachers()[:4]}
    for visit in visits:
        at = visit["observed_at"]
        phase = "before" if at < STARTS.isoformat() else "after" if at > ENDS.isoformat() else None
        attended = "attended" if visit["teacher_id"] in people else "not_attended"
        for mark in visit["look_fors"]:
            target = mark["look_for_id"] in {str(one) for one in line.look_fors[:2]}
            if phase and target and mark["mark"] != "not_applicable":
                is_seen = mark["mark"] == "seen"
                looks += [(group, phase, visit["teacher_id"], is_seen) for group in ("all", attended)]
    return looks


def by_hand(line: Line, visits: list) -> dict:
    seen, looked = defaultdict(int), defaultdict(int)
    for group, phase, _, is_seen in looks_by_hand(line, visits):
        looked[group, phase] += 1
        seen[group, phase] += is_seen
    return {key: (seen[key], n) for key, n in looked.items()}


def interval_by_hand(line: Line, visits: list, group: str, phase: str) -> dict:
    """Wilson at n / deff * (t(n - 1) / t(m - 1))^2, at most n; m teachers, n looks."""
    teachers = defaultdict(list)
    for g, p, teacher, is_seen in looks_by_hand(line, visits):
        if (g, p) == (group, phase):
            teachers[teacher].append(is_seen)
    m, n = len(teachers), sum(map(len, teachers.values()))
    p = sum(map(sum, teachers.values())) / n
    variance = m / (m - 1) * sum((sum(x) - len(x) * p) ** 2 for x in teachers.values()) / n**2
    few = (student_t(n - 1) / student_t(m - 1)) ** 2
    worth = min(n, n / (variance * (n - 1) / (p * (1 - p))) * few)
    z = 1.959964
    centre = (p + z * z / (2 * worth)) / (1 + z * z / worth)
    half = z * math.sqrt(p * (1 - p) / worth + z * z / (4 * worth**2)) / (1 + z * z / worth)
    return {"low": centre - half, "high": centre + half}


@pytest.fixture
def shown_from_two(line: Line, monkeypatch):
    runtime = line.district.stack.runtimes["analytics"]
    monkeypatch.setattr(runtime, "settings", runtime.settings.model_copy(update={"n_min": 2}))


@pytest.mark.usefixtures("shown_from_two")
async def test_random_visits_agree_with_the_rows_by_hand(line: Line) -> None:
    """In January, February and March: every month brings enough, so that none waits."""
    chance = random.Random(7)
    activity = await taught(line)
    marks = ["seen", "not_seen", "not_applicable", None]
    visits = [
        line.visit(
            chance.choice(line.teachers()),
            STARTS + timedelta(days=chance.choice([*range(-35, -5), *range(54)]), hours=1),
            [chance.choice(marks), chance.choice(marks), "seen"],
        )
        for _ in range(120)
    ]
    await line.record(*visits)
    await line.settle()
    answer = await line.ask(PATH, activity_id=activity)
    expected = by_hand(line, visits)
    for (group, phase), (seen, looks) in expected.items():
        found = row(answer, group=group)
        assert found["counts"][f"seen_{phase}"] == seen, (group, phase)
        assert found["counts"][f"looks_{phase}"] == found["values"][phase]["n"] == looks
        value = found["values"][phase]
        assert value["value"] == pytest.approx(float(Fraction(seen, looks)))
        assert value["interval"]["low"] <= value["value"] <= value["interval"]["high"]
        assert value["interval"] == pytest.approx(interval_by_hand(line, visits, group, phase), abs=1e-5)
    everybody = row(answer)["values"]
    assert everybody["difference"]["value"] == pytest.approx(everybody["after"]["value"] - everybody["before"]["value"])
    assert answer["design"] == "difference_in_differences_descriptive"
    change = {g: row(answer, group=g)["values"]["difference"]["value"] for g in ("attended", "not_attended")}
    assert answer["comparison"]["value"] == pytest.approx(change["attended"] - change["not_attended"])
    by_practice = await line.ask(PATH, activity_id=activity, by="look_for")
    assert [r["look_for_title"] for r in by_practice["data"]] == ["Practice 0", "Practice 1"]
    assert sum(r["counts"]["looks_after"] for r in by_practice["data"]) == row(answer)["counts"]["looks_after"]


async def test_what_does_not_count(line: Line) -> None:
    activity = await taught(line)
    teachers = line.teachers()
    late = ENDS + DAY
    await line.record(
        *(line.visit(teacher, late, ["seen"]) for teacher in teachers),
        line.visit(teachers[0], STARTS + DAY, ["seen"]),  # between the sessions
        line.visit(teachers[0], ENDS + timedelta(days=366), ["seen"]),  # beyond the window
        line.visit(teachers[0], late, [None, None, "seen"]),  # another practice
        line.visit(teachers[0], late, ["not_applicable"]),
        line.visit(teachers[0], late, ["seen"], purpose="evaluation"),
        line.visit(teachers[0], late, ["seen"], observer_id=teachers[0], type="self"),
        line.visit(line.teachers(1)[0], late, ["seen"], school=1),  # a school that the activity is not for
    )
    void = line.visit(teachers[0], late, ["seen"])
    await line.record(void)
    await line.act("observations", void["id"], "void", reason="wrong class")
    await line.settle()
    answer = await line.ask(PATH, activity_id=activity)
    found = row(answer)
    assert found["counts"] | {"seen_before": 0, "looks_before": 0, "people_before": 0} == {
        "seen_before": 0, "looks_before": 0, "people_before": 0, "seen_after": 6, "looks_after": 6, "people_after": 6,
    }  # fmt: skip
    assert found["values"]["before"]["reason"] == "empty_denominator"
    assert found["values"]["difference"]["value"] is None
    assert answer["design"] == "before_after_without_comparison"
    assert "does not say that the sessions brought it about" in answer["caution"]
    for at in (late, late + timedelta(milliseconds=1), late + timedelta(hours=2)):
        known_then = await line.ask(
            PATH, activity_id=activity, as_of=at
        )  # what that month brought is told when it ends
        assert (known_then["as_of"], known_then["data"]) == ("2024-02-01T00:00:00Z", [])
    known_then = await line.ask(PATH, activity_id=activity, as_of=late + timedelta(days=30))
    assert row(known_then)["counts"]["looks_after"] == 6


async def test_no_two_months_and_no_two_windows_differ_by_one_teacher(line: Line) -> None:
    """All in February, one in March, the others in April. Before the sessions one in each of two years holds nothing
    up: where nobody else will come, it is told with nobody else."""
    activity = await taught(line, people=line.teachers())
    people, late = line.teachers(), ENDS + DAY
    for n, group in enumerate((people, people[:1], people[1:])):
        await line.record(*(line.visit(teacher, late + n * 30 * DAY, ["seen"]) for teacher in group))
    await line.record(*(line.visit(people[0], STARTS - days * DAY, ["seen"]) for days in (3, 100)))
    await line.settle()
    looks = []
    for month in range(3, 6):
        answer = await line.ask(PATH, activity_id=activity, as_of=f"2024-{month:02d}-01T00:00:00Z")
        looks.append(row(answer)["counts"]["looks_after"])
        assert row(answer, group="attended")["counts"]["looks_after"] == looks[-1]
        before = row(answer)
        assert (before["counts"]["looks_before"], before["values"]["before"]["reason"]) == (None, "below_minimum_n")
    assert looks == [6, 6, 12]
    await line.record(*(line.visit(teacher, late + 70 * DAY, ["seen"]) for teacher in people))
    await line.record(line.visit(people[0], late + 110 * DAY, ["seen"]))
    await line.settle()
    wide = {
        days: row(await line.ask(PATH, activity_id=activity, window_days=days))["counts"]["looks_after"]
        for days in (90, 180)
    }
    assert wide == {90: 18, 180: 18}
    schools = await line.ask(PATH, activity_id=activity, by="school", as_of="2024-04-01T00:00:00Z")
    assert row(schools)["counts"]["looks_after"] == 6


async def test_walk_stops_stand_apart_and_only_shared_ones(line: Line) -> None:
    activity = await taught(line)
    await line.walk(STARTS - DAY, [["seen", "not_seen", "seen"]] * 2 + [["not_seen", None, "seen"]] * 4)
    await line.walk(ENDS + DAY, [["seen", "seen", "not_seen"]] * 5)
    await line.walk(ENDS + 2 * DAY, [["not_seen", None, None]] * 5, share=False)
    await line.settle()
    answer = await line.ask(PATH, activity_id=activity)
    stops = row(answer, source="walk_stops")
    assert stops["counts"] == {
        "seen_before": 2, "looks_before": 8, "people_before": 6, "seen_after": 10, "looks_after": 10, "people_after": 5,
    }  # fmt: skip
    assert row(answer)["counts"]["looks_after"] == 0
    # Two looks of one stop are not two stops: with everything seen it is worth five, not ten.
    assert stops["values"]["after"]["interval"]["low"] == pytest.approx(0.5655, abs=1e-4)


async def test_the_lag_keeps_those_of_whom_nothing_was_seen_yet(line: Line) -> None:
    activity = await taught(line, people=line.teachers())
    await line.record(
        *(line.visit(teacher, STARTS + n * DAY, ["seen"]) for n, teacher in enumerate(line.teachers()[:4], start=3)),
        line.visit(line.teachers()[4], STARTS + 2 * DAY, ["not_seen", None, "seen"]),
        line.visit(line.teachers()[0], STARTS - DAY, ["seen"]),
    )
    await line.settle()
    lag = (await line.ask(PATH, activity_id=activity, as_of=ENDS + 30 * DAY))["lag_days"]
    assert (lag["value"], lag["n"], lag["suppressed"]) == (5.0, 6, False)  # 3, 4, 5, 6, and two who wait


async def test_few_teachers_are_hidden_and_cannot_be_had_by_subtraction(line: Line) -> None:
    activity = await taught(line, people=line.teachers()[:2])
    for at in (STARTS - DAY, ENDS + DAY):
        await line.record(*(line.visit(teacher, at, ["seen", "not_seen"]) for teacher in line.teachers()))
    await line.settle()
    answer = await line.ask(PATH, activity_id=activity)
    assert row(answer)["counts"]["people_after"] == 6
    for group in ("attended", "not_attended"):  # two and four
        found = row(answer, group=group)
        assert set(found["counts"].values()) == {None}
        for value in found["values"].values():
            assert (value["value"], value["n"], value["interval"], value["suppressed"]) == (None, None, None, True)
    assert answer["comparison"] is None


async def test_a_small_school_hides_another_one_beside_the_total(line: Line) -> None:
    activity = await taught(line, org=line.staff.org)
    for index, count in ((0, 6), (1, 2)):
        visits = [line.visit(t, ENDS + DAY, ["seen"], school=index) for t in line.teachers(index)[:count]]
        await line.record(*visits)
    await line.settle()
    total = await line.ask(PATH, "superintendent", activity_id=activity)
    assert row(total)["counts"]["people_after"] == 8
    by_school = await line.ask(PATH, "superintendent", activity_id=activity, by="school")
    assert {r["counts"]["people_after"] for r in by_school["data"]} == {None}
    own = await line.ask(PATH, "principal 0", activity_id=activity)
    assert row(own)["counts"]["people_after"] == 6


async def test_who_may_ask(line: Line) -> None:
    activity = await taught(line)
    await line.settle()
    for who in (None, "superintendent", "principal 0"):
        await line.ask(PATH, who, activity_id=activity)
    for who in ("principal 1", "teacher 00", "visitor"):
        await line.ask(PATH, who, status=404, activity_id=activity)
    await line.ask(PATH, status=404, activity_id=line.school())
    await line.ask(PATH, status=422)
    for days in (0, 364, 366):  # a day more or less would tell what was seen on it
        await line.ask(PATH, status=422, activity_id=activity, window_days=days)
    await line.ask(PATH, status=422, activity_id=activity, after="x")


async def test_rows_come_in_pages(line: Line) -> None:
    activity = await taught(line)
    await line.settle()
    whole = await line.ask(PATH, activity_id=activity, count="true", as_of=ENDS + 30 * DAY)
    assert (len(whole["data"]), whole["total"], whole["next"]) == (4, 4, None)
    pages, after = [], None
    while after is not None or not pages:
        query = {"after": after} if after else {}
        page = await line.ask(PATH, activity_id=activity, limit=1, as_of=ENDS + 30 * DAY, **query)
        pages.append(page["data"][0])
        after = page["next"]
    assert pages == whole["data"]


async def test_nothing_delivered_has_no_before_and_after(line: Line) -> None:
    activity = await line.activity()
    await line.settle()
    answer = await line.ask(PATH, activity_id=activity)
    assert (answer["data"], answer["windows"], answer["lag_days"]["reason"]) == ([], None, "empty_denominator")


people = st.dictionaries(st.integers(0, 6), st.frozensets(st.integers(0, 12), max_size=8), max_size=6)


@given(people, st.integers(1, 6), st.one_of(st.none(), st.frozensets(st.integers(0, 6))))
def test_what_is_left_of_a_total_is_nobody_or_enough_people(parts, n_min, within):
    shown = disclosable(parts, n_min, within=within)
    assert all(within is None or key in within for key in shown)
    assert all(not parts[key] or len(parts[key]) >= n_min for key in shown)
    rest = set().union(*(who for key, who in parts.items() if key not in shown))
    assert not rest or len(rest) >= n_min or not any(parts[key] for key in shown)


@given(st.lists(people, min_size=1, max_size=3), st.integers(1, 6))
def test_no_base_of_a_hidden_part_is_what_is_left_of_a_total(bases, n_min):
    hidden = withheld(bases, n_min)
    for parts in bases:
        shown = {key for key, who in parts.items() if key not in hidden and (not who or len(who) >= n_min)}
        rest = set().union(*(who for key, who in parts.items() if key not in shown))
        assert not rest or len(rest) >= n_min or not any(parts[key] for key in shown)

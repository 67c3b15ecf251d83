"""How often feedback is to come and from whom, what is overdue, and the rate at which it came by expert match."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.observations.feedback_rates.rules import MONTH, Tally, at_most, garwood, rates_of
from services.observations.feedback_targets.telling import tell_district
from shared.clock import new_id, now
from shared.contracts.districts import PersonState
from tests.observations.scenes import iso, ok, pointers, refused
from tests.observations.test_expectations import assignment, leave, tell

NOW = now().replace(microsecond=0)  # one moment for all: a run may go past midnight
TODAY = NOW.date()


def ago(days):
    return NOW - timedelta(days=days)


def target(school, **changes):
    return {
        "teacher_id": str(school.staff["teacher"]), "school_id": str(school.id), "every_days": 10,
        "begin_date": str(TODAY - timedelta(days=60)),
    } | changes  # fmt: skip


async def shared(school, observer, days, **changes):
    at = iso(ago(days))
    return await school.record(observer, state="shared", observed_at=at, shared_at=at, **changes)


async def read(school, who=None, **query):
    async with school.acting(who) as http:
        return ok(await http.get("/v1/feedback-targets", params=query))["data"]


async def put(school, who=None, **changes):
    async with school.acting(who) as http:
        return ok(await http.put(f"/v1/feedback-targets/{new_id()}", json=target(school, **changes)), 201)


async def test_what_is_overdue_is_seen_on_any_day(school):
    made = await put(school, "principal")
    assert (made["state"], made["given"], made["due_date"]) == ("overdue", 0, str(TODAY - timedelta(days=50)))
    await shared(school, "principal", 55)
    await shared(school, "principal", 20, purpose="evaluation")
    await shared(school, "coach", 12)
    await school.district.stack.settle()
    found = {}
    for days in (70, 58, 50, 44, 12, 3, 1):
        (found[days],) = await read(school, as_of=str(TODAY - timedelta(days=days)))
        overdue = await read(school, as_of=str(TODAY - timedelta(days=days)), overdue="true")
        assert [row["state"] for row in overdue] == ["overdue"] * (found[days]["state"] == "overdue"), days
    states = {days: (row["state"], row["given"]) for days, row in found.items()}
    assert states == {
        70: ("upcoming", 0), 58: ("on_time", 0), 50: ("on_time", 1), 44: ("overdue", 1), 12: ("on_time", 2),
        3: ("on_time", 2), 1: ("overdue", 2),
    }  # fmt: skip
    await tell(school, leave(school, TODAY - timedelta(days=2), None))
    (row,) = await read(school)
    assert row["state"] == "not_at_work"
    assert await read(school, overdue="true") == []


async def test_due_and_overdue_are_told_once_for_each_due_date(school):
    made = await put(school, remind_before_days=3)  # due 50 days ago
    await put(school, end_date=str(TODAY - timedelta(days=55)))
    await tell(school, leave(school, TODAY - timedelta(days=40), TODAY - timedelta(days=35)))
    database, told = school.district.stack.runtimes["observations"].database, {}

    async def pass_by(*ago):
        for days in ago:
            at = datetime.combine(TODAY - timedelta(days=days), datetime.min.time(), UTC)
            told[days], again = [await tell_district(database, school.district.id, at) for _ in range(2)]
            assert again == 0

    await pass_by(54, 53, 51, 50, 49, 45)
    await shared(school, "principal", 44)
    await school.district.stack.settle()
    await pass_by(44, 38, 34, 31, 28, 27, 20)  # six days of leave put it off from 34 to 28
    assert [day for day, count in told.items() if count] == [53, 49, 31, 27]
    events = await school.events("feedback_target", made["id"])
    assert [event["type"] for event in events[1:]] == ["feedback_target.due", "feedback_target.overdue"] * 2
    assert set(events[1]["data"]) == {"id", "version", "archived"}, "it names the target and no more"


async def test_from_whom_it_is_to_come(school):
    await tell(school, assignment(school, "coach", subjects=["Mathematics"]))
    await shared(school, "principal", 8)
    await shared(school, "coach", 5)
    made = [await put(school), await put(school, by=["coach"]), await put(school, content_area="mathematics")]
    made += [await put(school, content_area="Art"), await put(school, by=["mentor"])]
    assert [row["given"] for row in made] == [2, 1, 1, 0, 0]
    assert made[1]["last_given_on"] == str(TODAY - timedelta(days=5))
    await tell(school, assignment(school, "coach", subjects=["Art"]))
    (art,) = [row for row in await read(school) if row["content_area"] == "Art"]
    assert art["given"] == 1, "the facts of an observer that come late count as well"


async def test_who_sees_and_sets_a_target(school):
    made = await put(school, "coach")
    assert {name: len(await read(school, name)) for name in ("teacher", "coach", "principal", "colleague")} == {
        "teacher": 1, "coach": 1, "principal": 1, "colleague": 0,
    }  # fmt: skip
    async with school.acting("teacher") as http:
        refused(await http.put(f"/v1/feedback-targets/{new_id()}", json=target(school)), 403)
        refused(await http.post(f"/v1/feedback-targets/{made['id']}/archive", headers={"If-Match": '"1"'}), 403)
        wrong = target(school, end_date="2020-01-01")
        assert pointers(refused(await http.put(f"/v1/feedback-targets/{new_id()}", json=wrong), 422)) == ["#/end_date"]


async def test_a_target_is_not_taken_away_and_tells_nothing_of_another_school(school):
    north, south = map(str, school.staff.schools[:2])
    await school.staff.person("teacher", ("mentors", school.staff["colleague"]))
    made = await put(school, "principal")
    hers = target(school, teacher_id=str(school.staff["colleague"]))
    async with school.acting("teacher") as http:
        refused(await http.put(f"/v1/feedback-targets/{made['id']}", json=hers, headers={"If-Match": '"1"'}), 403)
    async with school.acting("principal") as http:
        elsewhere = target(school, teacher_id=str(school.staff["stranger"]))
        answer = refused(await http.put(f"/v1/feedback-targets/{new_id()}", json=elsewhere), 422)
        assert pointers(answer) == ["#/teacher_id"]
    await school.staff.person("teacher", ("teaches_at", school.staff.schools[1]))
    await shared(school, "principal", 9)
    await shared(school, "superintendent", 3, school_id=south)
    await school.district.stack.settle()
    there = await put(school, "superintendent", school_id=south)
    days = {row["school_id"]: (row["given"], row["last_given_on"]) for row in [*await read(school, "principal"), there]}
    assert days == {north: (1, str(TODAY - timedelta(days=9))), south: (1, str(TODAY - timedelta(days=3)))}


async def test_days_of_leave_put_it_off_in_python_and_in_sql_alike(school):
    await put(school, every_days=5, begin_date=str(TODAY - timedelta(days=30)))
    await put(school, every_days=1, begin_date=str(TODAY - timedelta(days=22)))
    for first, last in ((28, 20), (24, 18), (12, 9), (6, 6), (2, None)):
        await tell(school, leave(school, TODAY - timedelta(days=first), last and TODAY - timedelta(days=last)))
    states = {}
    for days in range(31, -1, -1):
        query = {"as_of": str(TODAY - timedelta(days=days))}
        seen = await read(school, **query)
        late = {row["id"] for row in await read(school, overdue="true", **query)}
        assert late == {row["id"] for row in seen if row["state"] == "overdue"}, days
        states[days] = {row["every_days"]: row["state"] for row in seen}
    assert [states[days][5] for days in (18, 17, 16, 15, 14, 13)] == ["not_at_work", *["on_time"] * 4, "overdue"]
    assert [states[days][1] for days in (22, 18, 17, 16)] == ["not_at_work", "not_at_work", "on_time", "overdue"]
    (row,) = await read(school, as_of=str(TODAY - timedelta(days=17)), limit=1)
    assert row["due_date"] == str(TODAY - timedelta(days=14))


async def test_a_duplicate_is_the_person_in_leaves_and_in_expertise(school):
    staff = school.staff
    await staff.person("old teacher", ("teaches_at", school.id), ("teaches_at", staff.schools[1]))
    await staff.person("old coach", ("leads", school.id))
    made = await put(school, teacher_id=str(staff["old teacher"]))
    await tell(school, assignment(school, subjects=["Art"]), assignment(school, "coach", subjects=["Art"]))
    visit = await shared(school, "old coach", 5)
    for old, person in (("old teacher", "teacher"), ("old coach", "coach")):
        state = PersonState(
            id=staff[old], version=2, archived=True, given_name="T", family_name="T", merged_into=staff[person]
        )
        await staff._tell("people", state)
    await tell(school, leave(school, TODAY - timedelta(days=1), None))
    (row,) = await read(school)
    assert (row["id"], row["state"]) == (made["id"], "not_at_work")
    assert await read(school, overdue="true") == []
    for name in ("t0", "t1", "t2", "t3"):
        await staff.person(name, ("teaches_at", school.id))
    query = {"begin_date": str(TODAY - timedelta(days=29)), "end_date": str(TODAY), "school_id": str(school.id)}
    async with school.acting() as http:
        answer = ok(await http.get("/v1/feedback-rates", params=query))
    (rate,) = answer["data"]
    assert [rate[kind]["events"] for kind in ("by_expert", "by_other", "unknown")] == [1, 0, 0], visit
    assert answer["as_of"] == str(TODAY)


async def test_an_expert_is_one_on_the_day_of_the_visit(school):
    """In a target as in a rate, however late it was shared."""
    for name in ("t0", "t1", "t2"):
        await school.staff.person(name, ("teaches_at", school.id))
    until = TODAY - timedelta(days=6)
    await tell(
        school, assignment(school, subjects=["Art"]), assignment(school, "coach", subjects=["Art"], end_date=until),
        assignment(school, "coach", subjects=["Music"], begin_date=until + timedelta(days=1)),
    )  # fmt: skip
    made = {"state": "shared", "observed_at": iso(ago(8)), "shared_at": iso(ago(2))}
    await school.record("coach", **made)
    query = {"begin_date": str(TODAY - timedelta(days=5)), "end_date": str(TODAY), "school_id": str(school.id)}
    async with school.acting() as http:
        (rate,) = ok(await http.get("/v1/feedback-rates", params=query))["data"]
    assert rate["by_expert"]["events"] == 1
    assert (await put(school, content_area="Art"))["given"] == 1


# Garwood's limits as they are printed in tables of the Poisson distribution.
PRINTED = {0: (0.0, 3.689), 1: (0.025, 5.572), 5: (1.623, 11.668), 10: (4.795, 18.390), 50: (37.111, 65.919)}


@pytest.mark.parametrize("events", PRINTED)
def test_the_limits_are_those_of_the_tables(events):
    assert garwood(events) == pytest.approx(PRINTED[events], abs=6e-4)


@given(st.integers(0, 400))
def test_the_limits_leave_a_tail_on_each_side(events):
    low, high = garwood(events)
    assert low <= events <= high
    assert at_most(events, high) == pytest.approx(0.025, abs=1e-6)
    assert events == 0 or 1 - at_most(events - 1, low) == pytest.approx(0.025, abs=1e-6)


def test_few_teachers_have_no_rate():
    four, six = (frozenset(new_id() for _ in range(n)) for n in (4, 6))
    tally = Tally(new_id(), "North", four, 400, 3, 1, 0)
    total, (hidden,) = rates_of([tally], 5)
    assert (hidden.suppressed, hidden.n, hidden.total.events, hidden.reason) == (True, None, None, "below_minimum_n")
    assert total.reason == "below_minimum_n"
    total, (shown,) = rates_of([tally], 4)
    assert shown.total.value == total.total.value == pytest.approx(4 / (400 / MONTH))
    assert shown.by_expert.events == 3
    assert rates_of([Tally(new_id(), "S", frozenset(), 0, 0, 0, 0)], 5)[1][0].reason == "empty_denominator"
    assert rates_of([tally, Tally(new_id(), "S", six, 600, 1, 0, 0)], 5)[0].reason == "complementary"
    other = Tally(new_id(), "East", frozenset({*list(four)[:3], new_id()}), 400, 0, 0, 0)
    total, _ = rates_of([tally, other, Tally(new_id(), "S", six, 600, 1, 0, 0)], 5)
    assert (total.n, total.total.events, total.suppressed) == (11, 5, False)


async def test_the_rate_of_a_school_by_expert_match(school):
    more = [f"t{n}" for n in range(3)]
    for name in more:
        await school.staff.person(name, ("teaches_at", school.id), begin=TODAY - timedelta(days=9))
    await tell(
        school, assignment(school, subjects=["Mathematics", "Physics"]),
        assignment(school, "coach", subjects=["physics"]), assignment(school, "principal", subjects=["Art"]),
        leave(school, TODAY - timedelta(days=29), TODAY - timedelta(days=20), "colleague"),
    )  # fmt: skip
    await shared(school, "coach", 5)
    await shared(school, "principal", 7)
    await shared(school, "principal", 8, teacher="t0")
    await shared(school, "principal", 6, purpose="evaluation")
    await shared(school, "principal", 40)
    query = {"begin_date": str(TODAY - timedelta(days=29)), "end_date": str(TODAY)}
    async with school.acting("principal") as http:
        answer = ok(await http.get("/v1/feedback-rates", params=query))
    (row,) = answer["data"]
    assert row["n"] == 6
    assert row["teacher_months"] == pytest.approx((30 + 20 + 30 + 3 * 10) / MONTH)
    assert [row[kind]["events"] for kind in ("total", "by_expert", "by_other", "unknown")] == [3, 1, 1, 1]
    assert row["total"]["value"] == pytest.approx(3 / row["teacher_months"])
    assert row["total"]["interval"]["low"] < row["total"]["value"] < row["total"]["interval"]["high"]
    async with school.acting("teacher") as http:
        assert ok(await http.get("/v1/feedback-rates", params=query))["data"] == []
        wrong = query | {"end_date": "2030-01-01"}
        refused(await http.get("/v1/feedback-rates", params=wrong), 422)
    assert isinstance(datetime.fromisoformat(answer["end_date"]).date(), date)

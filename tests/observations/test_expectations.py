"""What is expected of whom: rows that follow policies, facts and visits, held against Tennessee's TEAM minimums."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.observations.expectation_policies.schemas import Ask
from services.observations.expectations import rules
from services.observations.expectations.following import follow_district
from services.observations.expectations.rules import Seen
from shared.clock import new_id, now
from shared.contracts.districts import LeaveState, StaffAssignmentState
from shared.feed.events import FeedEvent
from shared.intervals import wilson
from tests.observations.scenes import iso, ok, pointers, refused

FALL, SPRING, YEAR = "fall", "spring", "year"
DOMAINS = {name: new_id() for name in ("instruction", "planning", "environment")}


def team(domains, **changes):
    """TEAM's pacing by licence and last level of effectiveness, for 2026-27."""

    def rule(key, licence, bands, total, minutes, instruction, planning, environment, **more):
        counts = dict(
            zip(("instruction", "planning", "environment"), (instruction, planning, environment), strict=True)
        )
        each = [{"domain_id": str(domains[name]), "observations": count} for name, count in counts.items()]
        halves = [{"key": half, "window": half, "domain_observations": total // 2} for half in (FALL, SPRING)]
        year = {"key": YEAR, "window": YEAR, "minutes": minutes, "domains": each, "unannounced_share": 0.5}
        return {"key": key, "licence_levels": licence, "rating_bands": bands, "asks": [*halves, year], **more}

    practitioner, professional = ["provisional", "initial", "emergency"], ["professional", "advanced"]
    best = [
        {"key": "formal", "window": FALL, "observations": 1, "types": ["formal"],
         "domains": [{"domain_id": str(id_)} for id_ in domains.values()]},
        {"key": "walks", "window": SPRING, "observations": 2, "types": ["walkthrough"]},
        {"key": YEAR, "window": YEAR, "minutes": 60, "unannounced_share": 0.5},
    ]  # fmt: skip
    return {
        "name": "TEAM", "school_year": 2027, "begin_date": "2026-08-01", "end_date": "2027-06-30",
        "windows": [
            {"key": FALL, "begin_date": "2026-08-01", "due_date": "2026-12-18"},
            {"key": SPRING, "begin_date": "2026-12-19", "due_date": "2027-05-14", "end_date": "2027-05-28"},
            {"key": YEAR, "begin_date": "2026-08-01", "due_date": "2027-05-14", "end_date": "2027-05-28"},
        ],
        "rules": [
            {"key": "level-5", "rating_bands": [5], "asks": best},
            rule("professional-2-4", professional, [2, 3, 4], 4, 60, 2, 1, 1),
            rule("professional-1", professional, [1], 6, 90, 3, 2, 2),
            rule("practitioner", practitioner, [1, 2, 3, 4], 6, 90, 3, 2, 2, unrated=True),
            rule("without-a-rating", [], [], 6, 90, 3, 2, 2),
        ],
    } | changes  # fmt: skip


def simple(**ask):
    """One ask of the fall, of every teacher."""
    asks = [{"key": "visits", "window": FALL, "observations": 2} | ask]
    return team(DOMAINS) | {"rules": [{"key": "all", "asks": asks}]}


def assignment(school, name="teacher", **changes):
    return StaffAssignmentState(
        id=new_id(), version=1, archived=False, person_id=school.staff[name], org_id=school.id, position="teacher",
        fte=1.0, licence_level="professional", career_stage="mid", begin_date=date(2020, 8, 1),
    ).model_copy(update=changes)  # fmt: skip


def leave(school, begin, end, name="teacher", **changes):
    return LeaveState(
        id=new_id(), version=1, archived=False, person_id=school.staff[name], begin_date=begin, end_date=end
    ).model_copy(update=changes)


async def tell(school, *states):
    """As the feed of districts brings it."""
    entities = {StaffAssignmentState: "staff-assignments", LeaveState: "leaves"}
    types = {"staff-assignments": "staff_assignment.changed", "leaves": "leave.changed"}
    stack = school.district.stack
    (kept,) = (s for s in stack.work["observations"].subscriptions if "leave.changed" in s.types)
    for state in states:
        entity, data = entities[type(state)], state.model_dump(mode="json")
        event = FeedEvent(1, str(new_id()), types[entity], school.district.id, entity, state.id, now(), data)
        async with stack.runtimes["observations"].database.transaction(school.district.id) as connection:
            await kept.apply(connection, school.district.id, [event])


async def declare(school, body, policy_id=None):
    async with school.acting("superintendent") as http:
        path = f"/v1/expectation-policies/{policy_id or new_id()}"
        made = ok(await http.put(path, json=body), 201)
    await school.district.stack.settle()
    return made


async def rows(school, who=None, **query):
    async with school.acting(who) as http:
        return ok(await http.get("/v1/expectations", params=query))["data"]


async def rate(school, band, name="teacher", year=2026):
    body = {"teacher_id": str(school.staff[name]), "school_id": str(school.id), "school_year": year, "band": band}
    async with school.acting() as http:
        return ok(await http.put(f"/v1/prior-ratings/{new_id()}", json=body), 201)


@pytest.mark.parametrize(
    ("licence", "band", "rule", "asked"),
    [
        ("professional", 3, "professional-2-4", {FALL: 2, SPRING: 2}),
        ("professional", 1, "professional-1", {FALL: 3, SPRING: 3}),
        ("initial", 4, "practitioner", {FALL: 3, SPRING: 3}),
        ("initial", None, "practitioner", {FALL: 3, SPRING: 3}),
        ("professional", None, "without-a-rating", {FALL: 3, SPRING: 3}),
        ("initial", 5, "level-5", {}),
    ],
)
async def test_licence_and_last_rating_choose_the_rule(school, licence, band, rule, asked):
    await tell(school, assignment(school, licence_level=licence))
    await declare(school, team(DOMAINS))
    if band is not None:
        await rate(school, 2, year=2024)
        await rate(school, band)
    found = await rows(school, as_of="2026-10-01")
    assert {row["rule"] for row in found} == {rule}
    assert len(found) == 3
    async with school.acting("principal") as http:
        explained = [ok(await http.get(f"/v1/expectations/{row['id']}/explain")) for row in found]
    got = {e["ask"]: e["progress"]["of_domain_observations"] for e in explained if e["ask"] in (FALL, SPRING)}
    assert got == asked
    (year,) = [e for e in explained if e["ask"] == YEAR]
    assert year["asked"]["unannounced_share"] == 0.5
    assert year["progress"]["of_minutes"] == (60 if rule in {"level-5", "professional-2-4"} else 90)
    assert year["facts"]["rating_band"] == band
    assert year["facts"]["licence_level"] == licence


def seen(day, minutes=15, *names, announced=True, **more):
    domains = frozenset(DOMAINS[name] for name in names)
    return Seen(new_id(), date(2026, 9, day), "evaluation", "informal", minutes, domains, announced, **more)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_a_share_has_an_interval_of_people_or_a_reason(met, rest, people):
    eligible = met + rest
    told = rules.share_of(met, eligible, min(people, eligible), 5)
    if told["reason"] is None:
        assert told["interval"].low <= told["met_share"] <= told["interval"].high
        of_asks = wilson(met, eligible)
        assert told["interval"].high - told["interval"].low >= of_asks[1] - of_asks[0] - 1e-12
    else:
        assert (told["met_share"], told["interval"]) == (None, None)
        assert told["suppressed"] == (told["reason"] == "below_minimum_n") == (eligible > 0)


def test_all_that_is_asked_has_to_be_there():
    ask = Ask(
        key="x", window="w", minutes=60, unannounced_share=0.5, domain_observations=4,
        domains=[{"domain_id": str(DOMAINS["instruction"]), "observations": 2, "minutes": 40},
                 {"domain_id": str(DOMAINS["planning"])}],
    )  # fmt: skip
    visits = [
        seen(1, 30, "instruction", "planning", announced=False),
        seen(5, 10, "instruction"),
        seen(9, 20, "environment"),
        seen(12, 1),
    ]
    lacking = [rules.progress(ask, 1, visits[:n]).lacking for n in range(5)]
    assert lacking == [
        ["minutes", "domain_observations", "domains"],
        ["minutes", "domain_observations", "domains"],
        ["minutes", "domain_observations"],
        ["unannounced"],
        ["unannounced"],
    ]
    visits.append(seen(13, 5, announced=False))
    begin, end = date(2026, 8, 1), date(2026, 12, 1)
    found = rules.count(ask, 1, [*visits, seen(20, 1, announced=False), seen(22, 1)], begin, end)
    assert found.met == [["2026-09-20", "2026-09-21"]], "three of six, then three of seven"
    assert rules.count(ask, 1, visits, begin, date(2026, 9, 2)).met == []


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 40), st.sampled_from([True, False, None])), max_size=8))
def test_the_stretches_say_on_which_days_it_was_met(visits):
    ask = Ask(key="x", window="w", observations=2, minutes=30, unannounced_share=0.5)
    begin, end = date(2026, 8, 1), date(2026, 10, 5)
    all_seen = [seen(day, minutes, announced=announced) for day, minutes, announced in visits]
    found = rules.count(ask, 1, all_seen, begin, end)
    shuffled = list(all_seen)
    Random(1).shuffle(shuffled)
    assert rules.count(ask, 1, shuffled, begin, end).met == found.met
    for n in range((end - begin).days + 1):
        day = begin + timedelta(days=n)
        so_far = [one for one in all_seen if one.day <= day]
        assert rules.within(found.met, day) is not bool(rules.progress(ask, 1, so_far).lacking), day


async def test_not_observed_is_a_row_and_visits_change_it(school):
    await tell(school, assignment(school), assignment(school, "colleague"))
    await declare(school, simple(by=["administrative_leader"]))
    of_her = {"teacher_id": str(school.staff["teacher"])}
    (before,) = await rows(school, **of_her, as_of="2026-12-19")
    assert (before["state"], before["observations"], before["of_observations"]) == ("overdue", 0, 2)
    days = [datetime(2026, 9, day, 15, tzinfo=UTC) for day in (7, 21)]
    made = [await school.record(purpose="evaluation", observed_at=iso(at), ended_at=iso(at)) for at in days]
    await school.record(observed_at=iso(days[0]))  # for coaching: of another purpose
    await school.district.stack.settle()
    said = {day: (await rows(school, **of_her, as_of=f"2026-{day}"))[0] for day in ("07-31", "09-07", "09-21", "12-30")}
    assert [row["state"] for row in said.values()] == ["upcoming", "open", "met", "met"]
    assert [row["observations"] for row in said.values()] == [0, 1, 2, 2]
    assert {row["id"] for row in said.values()} == {before["id"]}
    await school.move("void", "principal", made[1], reason="the wrong class")
    await school.district.stack.settle()
    (after,) = await rows(school, **of_her, as_of="2026-12-19")
    assert after == before | {"observations": 1}
    async with school.acting("principal") as http:
        why = ok(await http.get(f"/v1/expectations/{before['id']}/explain", params={"as_of": "2026-12-19"}))
        summed = ok(await http.get("/v1/expectation-summaries", params={"as_of": "2026-12-19"}))
    assert [(one["observation_id"], one["counts"]) for one in why["counted"]] == [(made[0]["id"], True)]
    assert why["counted"][0]["observer_kinds"] == ["administrative_leader"]
    assert why["progress"]["lacking"] == ["observations"]
    assert "the first rule that fits is all" in why["because"]
    (of_school,) = summed["data"]
    assert [of_school[name] for name in ("people", "eligible", "overdue", "met_share")] == [2, 2, 2, None]
    assert (of_school["suppressed"], of_school["reason"], summed["n_min"]) == (True, "below_minimum_n", 5)


async def test_leaves_and_late_hires_count_from_their_own_dates(school):
    await tell(
        school,
        assignment(school),
        leave(school, date(2026, 10, 1), date(2026, 10, 14)),
        assignment(school, "colleague", begin_date=date(2026, 11, 20)),
        assignment(school, "coach", end_date=date(2026, 9, 30)),
    )
    body = simple(prorated=True, least_days=20)
    body["windows"][0]["end_date"] = "2027-01-31"
    await declare(school, body)
    found = {row["teacher_id"]: row for row in await rows(school, as_of="2026-10-02")}
    teacher, late, left = (found[str(school.staff[name])] for name in ("teacher", "colleague", "coach"))
    assert (teacher["state"], teacher["due_date"], teacher["of_observations"]) == ("not_at_work", "2027-01-01", 2)
    assert (late["state"], late["begin_date"], late["due_date"]) == ("upcoming", "2026-11-20", "2026-12-18")
    assert late["of_observations"] == 1, "29 of 140 days of two observations"
    assert (left["state"], left["due_date"]) == ("not_at_work", "2026-09-30")
    async with school.acting() as http:
        query = {"as_of": "2026-12-20"}
        (summed,) = ok(await http.get("/v1/expectation-summaries", params=query))["data"]
        explained = ok(await http.get(f"/v1/expectations/{teacher['id']}/explain"))
    assert {name: summed[name] for name in ("eligible", "open", "overdue", "not_at_work")} == {
        "eligible": 2, "open": 1, "overdue": 1, "not_at_work": 1,
    }  # fmt: skip
    assert explained["at_work"] == [
        {"begin_date": "2026-08-01", "end_date": "2026-09-30"}, {"begin_date": "2026-10-15", "end_date": "2027-01-31"},
    ]  # fmt: skip
    await tell(school, assignment(school, "stranger", begin_date=date(2026, 12, 10)))
    (hired,) = await rows(school, teacher_id=str(school.staff["stranger"]))
    assert hired["state"] == "excused"


async def test_who_sees_what_is_expected(school):
    await tell(school, assignment(school))
    body = simple()
    body["rules"][0]["asks"] += [{"key": "support", "window": FALL, "observations": 3, "purpose": "coaching"}]
    await declare(school, body)
    await rate(school, 2)
    sees = {}
    for name in ("teacher", "principal", "superintendent", "coach", "colleague", "stranger"):
        sees[name] = sorted(row["ask"] for row in await rows(school, name))
        async with school.acting(name) as http:
            sees[name].append(len(ok(await http.get("/v1/prior-ratings"))["data"]))
    both = ["support", "visits", 1]
    assert sees == {
        "teacher": both, "principal": both, "superintendent": both, "coach": ["support", 0], "colleague": [0],
        "stranger": [0],
    }  # fmt: skip
    (support,) = await rows(school, "coach")
    async with school.acting("coach") as http:
        explained = ok(await http.get(f"/v1/expectations/{support['id']}/explain"))
        refused(await http.put(f"/v1/expectation-policies/{new_id()}", json=body), 403)
    assert (explained["at_work"], explained["facts"]["rating_band"]) == (None, None)
    body["rules"][0]["rating_bands"] = [1]
    async with school.acting("superintendent") as http:
        fault = refused(await http.put(f"/v1/expectation-policies/{new_id()}", json=body), 422)
    assert pointers(fault) == ["#/rules/0/asks/1/purpose"]
    body["rules"] = [
        {"key": "best", "rating_bands": [5], "asks": []},
        {"key": "others", "asks": body["rules"][0]["asks"]},
    ]
    async with school.acting("superintendent") as http:
        fault = refused(await http.put(f"/v1/expectation-policies/{new_id()}", json=body), 422)
    assert pointers(fault) == ["#/rules/1/asks/1/purpose"], "whom the first rule passes over has another rating"


async def test_a_policy_is_changed_and_taken_back(school):
    await tell(school, assignment(school), assignment(school, "colleague", fte=0.4))
    policy_id = new_id()
    made = await declare(school, simple(), policy_id)
    (first, _) = before = await rows(school)
    async with school.acting("superintendent") as http:
        path = f"/v1/expectation-policies/{policy_id}"
        rule = {"key": "half", "fte_from": 0.5, "asks": simple(observations=3)["rules"][0]["asks"]}
        changed = simple() | {"rules": [rule]}
        ok(await http.put(path, json=changed, headers={"If-Match": f'"{made["version"]}"'}))
        await school.district.stack.settle()
        (row,) = await rows(school)
        assert (row["teacher_id"], row["rule"], row["of_observations"]) == (str(school.staff["teacher"]), "half", 3)
        job = ok(await http.get(path))["job_id"]
        async with school.acting() as machine:
            assert ok(await machine.get(f"/v1/jobs/observations/{job}"))["result"] == {"people": 2}
        back = simple()
        ok(await http.put(path, json=back, headers={"If-Match": '"2"'}))
        await school.district.stack.settle()
        again = await rows(school)
        assert [row["id"] for row in again] == [row["id"] for row in before]
        assert first["id"] in {row["id"] for row in again}
        ok(await http.post(f"{path}/archive", headers={"If-Match": '"3"'}))
    await school.district.stack.settle()
    assert await rows(school) == []


CONTENT = """select policy_id, rule, ask, teacher_id, school_id, begin_date, due_date, end_date, days, days_at_work,
             share, excused, asked::text, facts::text, at_work::text, counted::text, met::text, id,
             without_leaves::text, counted_without_leaves::text, met_without_leaves::text
             from observations.expectations where district_id = $1 order by id"""


async def test_the_same_facts_in_any_order_and_twice_make_the_same_rows(school):
    first = assignment(school, licence_level="initial", end_date=date(2026, 10, 1))
    facts = [
        first, first.model_copy(update={"version": 2, "end_date": date(2026, 11, 15)}),
        assignment(school, begin_date=date(2026, 11, 16), org_id=school.staff.schools[1]),
        leave(school, date(2026, 9, 1), date(2026, 9, 10)), leave(school, date(2027, 1, 1), None),
        assignment(school, "colleague", fte=0.5), assignment(school, "coach", archived=True),
    ]  # fmt: skip
    await declare(school, team(DOMAINS))
    await rate(school, 3)
    found, random = [], Random(7)
    for _ in range(5):
        order = [*facts, *random.sample(facts, 3)]
        random.shuffle(order)
        await tell(school, *order)
        async with school.district.stack.runtimes["observations"].database.transaction(school.district.id) as it:
            found.append([tuple(row) for row in await it.fetch(CONTENT, school.district.id)])
            for table in ("expectations", "copied_staff_assignments", "copied_leaves"):
                await it.execute(f"delete from observations.{table} where district_id = $1", school.district.id)
    assert len(found[0]) == 6
    assert all(made == found[0] for made in found)


async def test_a_filter_by_state_says_what_the_rows_say(school):
    await tell(
        school, assignment(school), leave(school, date(2026, 10, 1), date(2026, 10, 14)),
        assignment(school, "colleague"), assignment(school, "coach", begin_date=date(2026, 12, 17)),
    )  # fmt: skip
    await declare(school, simple(observations=1, least_days=10))
    at = datetime(2026, 11, 2, 15, tzinfo=UTC)
    await school.record(teacher="colleague", purpose="evaluation", observed_at=iso(at), ended_at=iso(at))
    await school.district.stack.settle()
    seen_states = set()
    for day in ("2026-07-01", "2026-10-03", "2026-11-02", "2026-12-25", "2027-02-01"):
        all_rows = await rows(school, as_of=day)
        for state in ("upcoming", "open", "overdue", "met", "not_at_work", "excused"):
            wanted = [row for row in all_rows if row["state"] == state]
            assert await rows(school, as_of=day, state=state) == wanted, (day, state)
            seen_states |= {row["state"] for row in wanted}
    assert len(seen_states) == 6


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"end_date": "2026-07-01"}, "#/end_date"),
        ({"windows": [{"key": "w", "begin_date": "2026-09-01", "due_date": "2026-08-01"}]}, "#/windows/0"),
        ({"windows": team(DOMAINS)["windows"] * 2}, "#/windows/3/key"),
        ({"rules": [{"key": "a", "asks": [{"key": "x", "window": "none", "minutes": 1}]}]}, "#/rules/0/asks/0/window"),
        ({"rules": [{"key": "a", "asks": [{"key": "x", "window": FALL}]}]}, "#/rules/0/asks/0"),
    ],
)
async def test_what_does_not_fit_together_is_not_declared(school, changes, pointer):
    async with school.acting() as http:
        answer = await http.put(f"/v1/expectation-policies/{new_id()}", json=team(DOMAINS, **changes))
    assert pointer in pointers(refused(answer, 422))


async def test_over_night_a_relationship_that_came_late_counts(school):
    await tell(school, assignment(school))
    await declare(school, simple(observations=1, by=["evaluator"]))
    at = iso(datetime(2026, 10, 5, 15, tzinfo=UTC))
    await school.record(purpose="evaluation", observed_at=at, ended_at=at)
    await school.district.stack.settle()
    assert [row["state"] for row in await rows(school, as_of="2026-10-05")] == ["open"]
    await school.staff.tie(new_id(), "principal", "evaluates", school.staff["teacher"])
    await follow_district(school.district.stack.runtimes["observations"].database, school.district.id)
    assert [row["state"] for row in await rows(school, as_of="2026-10-05")] == ["met"]

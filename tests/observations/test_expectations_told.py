"""Who is told what of an expectation: ratings, content and leaves are told to those alone whose they are to read."""

from datetime import UTC, date, datetime, timedelta

from services.observations.expectation_policies.schemas import Ask
from services.observations.expectations import rules
from services.observations.expectations.telling import tell_district
from shared.clock import new_id, now
from tests.observations.scenes import iso, ok, refused
from tests.observations.test_clocks import told as calendar
from tests.observations.test_expectations import (
    DOMAINS,
    FALL,
    assignment,
    declare,
    leave,
    rate,
    rows,
    seen,
    simple,
    tell,
)
from tests.observations.test_visits import a_visit


async def explained(http, row, **query):
    return ok(await http.get(f"/v1/expectations/{row['id']}/explain", params=query))


async def test_a_client_without_the_scope_reads_no_rating(school):
    await tell(school, assignment(school))
    body = simple()
    body["rules"][0]["asks"] += [{"key": "support", "window": FALL, "observations": 3, "purpose": "coaching"}]
    await declare(school, body)
    await rate(school, 2)
    every = {row["ask"]: row for row in await rows(school)}
    assert sorted(every) == ["support", "visits"]
    async with school.district.client(token=await school.token("observations.read")) as http:
        assert [row["ask"] for row in ok(await http.get("/v1/expectations"))["data"]] == ["support"]
        refused(await http.get(f"/v1/expectations/{every['visits']['id']}/explain"), 404)
        summed = ok(await http.get("/v1/expectation-summaries"))["data"]
        assert [row["purpose"] for row in summed] == ["coaching"]
    token = await school.token("observations.read", "observations.read:evaluation")
    async with school.district.client(token=token) as http:
        assert (await explained(http, every["visits"]))["facts"]["rating_band"] == 2


async def test_what_a_visit_for_coaching_covered_is_told_to_who_reads_it(school):
    await tell(school, assignment(school))
    domain = str(school.framework.domain)
    await declare(school, simple(purpose="coaching", observations=1, domains=[{"domain_id": domain}]))
    at = iso(datetime(2026, 9, 7, 15, tzinfo=UTC))
    await school.record("coach", state="shared", observed_at=at, shared_at=at)
    await school.district.stack.settle()
    (row,) = await rows(school)
    told = {}
    for name in ("coach", "teacher", "principal", None):
        async with school.acting(name) as http:
            why = await explained(http, row, as_of="2026-10-01")
        told[name] = [one["domains"] for one in why["counted"]], why["progress"]["domains"] is not None
        assert (why["state"], why["progress"]["observations"]) == ("met", 1)
    hidden = ([None], False)
    assert told == {"coach": ([[domain]], True), "teacher": ([[domain]], True), "principal": hidden, None: hidden}


async def test_a_leave_is_told_to_nobody_else(school):
    body = simple(purpose="coaching", observations=1, least_days=5, prorated=True)
    await tell(school, assignment(school), leave(school, date(2026, 10, 1), None))
    await declare(school, body)
    body["rules"][0]["asks"][0]["least_days"] = 100
    await declare(school, body)
    days = {"2026-07-01": "upcoming", "2026-09-30": "open", "2026-10-02": "not_at_work", "2027-02-01": "not_at_work"}
    hides = {"upcoming": "upcoming", "open": "open"}
    scopes = ("observations.read", "observations.read:evaluation")
    blind = school.district.client(token=await school.token(*scopes))
    knows = school.district.client(token=await school.token(*scopes, "leaves.read"))
    async with school.acting("coach") as coach, school.acting("teacher") as self_, blind, knows:
        for http, tells in ((coach, False), (self_, True), (blind, False), (knows, True)):
            for day, state in days.items():
                query = {"as_of": day}
                plain, short = ok(await http.get("/v1/expectations", params=query))["data"]
                said = {plain["state"], short["state"]}
                late = "overdue" if day > plain["due_date"] else "open"
                assert said == ({state, "excused"} if tells else {hides.get(state, late)}), (day, tells)
                for one in ("upcoming", "open", "overdue", "met", "not_at_work", "excused"):
                    found = ok(await http.get("/v1/expectations", params=query | {"state": one}))["data"]
                    assert {row["id"] for row in found} == {r["id"] for r in (plain, short) if r["state"] == one}
                (summed,) = ok(await http.get("/v1/expectation-summaries", params=query))["data"]
                assert (summed["excused"] + summed["not_at_work"] > 0) == tells
            for row in (plain, short):
                why = await explained(http, row)
                shown = [why[name] is not None for name in ("days_at_work", "share", "at_work")]
                shown += [any("at work on" in line for line in why["because"])]
                assert shown == [tells] * 4
                assert tells or not any("excused" in line for line in why["because"])


def told_of(row):
    return {name: row[name] for name in ("begin_date", "due_date", "state", "observations", "of_observations")}


async def test_no_date_and_no_number_hints_at_a_leave(school):
    """Whoever is not told of leaves reads of her what they read of a colleague who was never away."""
    asks = [{"key": "much", "window": FALL, "observations": 4, "purpose": "coaching", "prorated": True}]
    body = simple() | {"rules": [{"key": "all", "asks": asks}]}
    body["windows"][0]["end_date"] = "2027-01-31"
    await school.staff.person("other", ("teaches_at", school.id))
    await school.staff.tie(new_id(), "coach", "coaches", school.staff["colleague"])
    await tell(school, assignment(school), assignment(school, "colleague"))
    await tell(school, leave(school, date(2026, 7, 1), date(2026, 9, 5)), leave(school, date(2026, 11, 1), None))
    await declare(school, body)
    for n, name in enumerate(("teacher", "colleague") * 2):
        at = iso(datetime(2026, 9, 7 + n, 15, tzinfo=UTC))
        await school.record("principal", teacher=name, state="shared", observed_at=at, shared_at=at)
    await school.district.stack.settle()
    hers, others = (str(school.staff[name]) for name in ("teacher", "colleague"))
    async with school.acting("coach") as coach, school.acting("principal") as principal:
        for day in ("2026-08-15", "2026-09-09", "2026-12-10", "2026-12-24", "2027-03-01"):
            seen = {
                row["teacher_id"]: row for row in ok(await coach.get("/v1/expectations", params={"as_of": day}))["data"]
            }
            assert told_of(seen[hers]) == told_of(seen[others]) | {"observations": seen[hers]["observations"]}, day
            assert seen[hers]["made_at"] is None
            why = {who: await explained(coach, seen[who], as_of=day) for who in (hers, others)}
            numbers = {who: one["progress"]["of_observations"] for who, one in why.items()}
            assert numbers == {hers: 4, others: 4}
        full = {
            row["teacher_id"]: row for row in ok(await principal.get("/v1/expectations", params={"as_of": day}))["data"]
        }
    assert (full[hers]["begin_date"], full[hers]["due_date"], full[hers]["of_observations"], full[hers]["state"]) == (
        "2026-09-06", "2027-01-31", 2, "not_at_work",
    )  # fmt: skip


async def test_a_visit_on_a_day_of_leave_counts_for_whoever_is_not_told_of_it(school):
    """Away until the middle of September, and visited on the 2nd: outside of her window. That would tell of it."""
    await tell(school, assignment(school), leave(school, date(2026, 7, 1), date(2026, 9, 15)))
    await declare(school, simple(purpose="coaching", observations=1))
    at = "2026-09-02T15:00:00Z"
    await school.record("coach", state="shared", observed_at=at, shared_at=at)
    await school.district.stack.settle()
    said = {}
    for name in ("principal", "coach"):
        (row,) = await rows(school, name, as_of="2026-12-10", teacher_id=str(school.staff["teacher"]))
        met = await rows(school, name, as_of="2026-12-10", state="met")
        async with school.acting(name) as http:
            why = await explained(http, row, as_of="2026-12-10")
        lacking = [one["lacks"] for one in why["counted"]]
        said[name] = row["state"], row["observations"], why["progress"]["observations"], len(met), lacking
    assert said == {"principal": ("open", 0, 0, 0, said["principal"][4]), "coach": ("met", 1, 1, 1, [None])}


async def test_leaves_are_told_where_she_is_and_no_longer_where_she_was(school):
    """After a move between schools the old principal sees what was expected there, and nothing of a leave since."""
    north, south = school.staff.schools[:2]
    await school.staff.person("head of south", ("leads", south))
    await school.staff.person("mover", ("works_at", north), end=date(2026, 10, 1))
    await tell(
        school,
        assignment(school, "mover", org_id=north, end_date=date(2026, 10, 1)),
        assignment(school, "mover", org_id=south, begin_date=date(2026, 10, 2)),
        leave(school, date(2026, 11, 1), date(2027, 6, 30), "mover"),
    )
    await declare(school, simple(purpose="coaching"))
    seen = {}
    for name in ("principal", "superintendent"):
        (row,) = await rows(school, name, as_of="2026-12-10", teacher_id=str(school.staff["mover"]))
        found = await rows(school, name, as_of="2026-12-10", state="not_at_work")
        seen[name] = row["state"], row["due_date"], len(found)
    assert seen == {"principal": ("open", "2026-12-18", 0), "superintendent": ("not_at_work", "2026-12-18", 1)}


async def test_a_feedback_target_hints_at_no_leave(school):
    today = now().date()
    body = {
        "teacher_id": str(school.staff["teacher"]), "school_id": str(school.id), "every_days": 10,
        "begin_date": str(today - timedelta(days=30)),
    }  # fmt: skip
    await tell(school, assignment(school), leave(school, today - timedelta(days=40), None))
    path = f"/v1/feedback-targets/{new_id()}"
    async with school.acting("principal") as http:
        ok(await http.put(path, json=body), 201)
    said = {}
    for name in ("principal", "teacher", "coach"):
        async with school.acting(name) as http:
            one, late = ok(await http.get(path)), ok(await http.get("/v1/feedback-targets?overdue=true"))["data"]
        said[name] = one["state"], one["due_date"] == str(today - timedelta(days=20)), len(late)
    away = ("not_at_work", False, 0)
    assert said == {"principal": away, "teacher": away, "coach": ("overdue", True, 1)}


async def test_who_has_left_is_in_no_denominator_even_if_it_was_met(school):
    await tell(school, assignment(school, end_date=date(2026, 10, 31)), assignment(school, "colleague"))
    await declare(school, simple(observations=1))
    at = iso(datetime(2026, 9, 7, 15, tzinfo=UTC))
    await school.record(purpose="evaluation", observed_at=at)
    await school.district.stack.settle()
    found = {}
    for day in ("2026-10-31", "2026-11-01"):
        async with school.acting() as http:
            (summed,) = ok(await http.get("/v1/expectation-summaries", params={"as_of": day}))["data"]
        (row,) = await rows(school, as_of=day, teacher_id=str(school.staff["teacher"]))
        assert await rows(school, as_of=day, teacher_id=row["teacher_id"], state=row["state"]) == [row]
        found[day] = row["state"], summed["met"], summed["eligible"], summed["not_at_work"]
    assert found == {"2026-10-31": ("met", 1, 2, 0), "2026-11-01": ("not_at_work", 0, 1, 1)}


def test_a_visit_of_several_observers_is_one():
    visit = DOMAINS["planning"]  # any id
    both = [
        seen(7, 30, "instruction", announced=None, visit_id=visit, by=frozenset({"evaluator"})),
        seen(7, 40, "planning", "instruction", announced=False, visit_id=visit, by=frozenset({"peer"})),
    ]
    ask = Ask(key="x", window="w", observations=2, minutes=60, domain_observations=2, unannounced_share=1.0)
    found = rules.progress(ask, 1, both)
    assert (found.observations, found.minutes, found.domain_observations, found.unannounced) == (1, 40, 2, 1)
    counted = rules.count(ask, 1, both, date(2026, 8, 1), date(2026, 12, 1))
    assert (len(counted.seen), counted.met) == (1, [])
    assert rules.progress(ask, 1, [*both, seen(7, 30)]).observations == 2
    told = [*both, seen(7, announced=True, visit_id=visit)]
    assert rules.progress(ask, 1, told).unannounced == 0, "somebody says that it was announced"


async def test_two_who_observe_together_count_once(school):
    await tell(school, assignment(school))
    await declare(school, simple(observations=2, purpose="coaching"))
    visit, at = await a_visit(school), datetime(2026, 9, 7, 15, tzinfo=UTC)
    more = {"visit_id": visit, "observed_at": iso(at), "ended_at": iso(at + timedelta(minutes=20))}
    for name in ("principal", "second"):
        await school.record(name, **more)
    await school.district.stack.settle()
    (row,) = await rows(school, as_of="2026-10-01")
    assert (row["state"], row["observations"]) == ("open", 1)
    async with school.acting("principal") as http:
        why = await explained(http, row, as_of="2026-10-01")
    assert (why["progress"]["observations"], why["progress"]["minutes"], len(why["counted"])) == (1, 20, 2)


async def test_due_and_overdue_are_told_once_each(school):
    await tell(school, assignment(school), assignment(school, "colleague"))
    body = simple(observations=1)
    body["windows"][0]["end_date"] = "2027-01-31"
    await declare(school, body)
    at = datetime(2026, 11, 2, 15, tzinfo=UTC)
    await school.record(purpose="evaluation", observed_at=iso(at), ended_at=iso(at))
    await school.district.stack.settle()
    database = school.district.stack.runtimes["observations"].database
    said = []
    await calendar(school)  # New York: its day begins at five in the morning of UTC
    for at in ("2026-12-11T04:59", "2026-12-11T05:00", "2026-12-19T04:59", "2026-12-19T05:00", "2027-01-20T05:00"):
        moment = datetime.fromisoformat(f"{at}Z")
        said += [await tell_district(database, school.district.id, moment) for _ in range(2)]
    assert said == [0, 0, 1, 0, 0, 0, 1, 0, 0, 0]
    events = await school.events("expectation.")
    assert [event["type"] for event in events] == [
        "expectation.due",
        "expectation.overdue",
    ]
    assert {event["data"]["teacher_id"] for event in events} == {str(school.staff["colleague"])}


async def test_overdue_is_told_after_the_window_and_after_a_leave(school):
    await tell(school, assignment(school), assignment(school, "colleague"))
    await tell(school, leave(school, date(2026, 12, 19), date(2026, 12, 24)))
    body = simple(observations=1)
    body["windows"][0]["end_date"] = "2026-12-31"
    await declare(school, body)
    database = school.district.stack.runtimes["observations"].database
    noon = [datetime(2026, 12, day, 12, tzinfo=UTC) for day in (18, 19, 24, 25, 26)]
    said = [await tell_district(database, school.district.id, at) for at in noon]
    assert said == [2, 1, 0, 1, 0], "both are due; one is overdue; the other, too, but on leave; back at work"
    body["windows"][0].pop("end_date")
    at = datetime(2027, 1, 17, 12, tzinfo=UTC)
    await declare(school, body)
    assert await tell_district(database, school.district.id, at + timedelta(days=1)) == 0
    assert await tell_district(database, school.district.id, at) == 2, "within thirty days after its last day"


async def test_evidence_that_is_shared_covers_what_it_is_coded_to(school):
    domain = {"domain_id": str(school.framework.domain)}
    await tell(school, assignment(school))
    await declare(school, simple(purpose="coaching", observations=1, domains=[domain]))
    at, code = iso(datetime(2026, 9, 7, 15, tzinfo=UTC)), str(school.framework.indicators[3])
    unseen = [{"indicator_id": code, "level": "not_observed"}]
    draft = {"state": "in_progress", "scores": unseen, "script": [], "look_fors": [], "feedback": None}
    found = []
    for visibility in ("private", "shared"):
        made = await school.record("coach", observed_at=at, **draft)
        item = {
            "observation_id": made["id"],
            "kind": "note",
            "visibility": visibility,
            "text": "T asks.",
            "codes": [code],
        }
        async with school.acting("coach") as http:
            ok(await http.put(f"/v1/evidence-items/{new_id()}", json=item), 201)
            made = ok(await http.get(f"/v1/observations/{made['id']}"))
        await school.move("submit", "coach", made)
        await school.district.stack.settle()
        (row,) = await rows(school, as_of="2026-10-01")
        found.append((row["state"], row["observations"]))
    assert found == [("open", 1), ("met", 2)]

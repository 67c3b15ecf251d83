"""Several observers of one visit: each blind until all have submitted; what they find together is a further rating."""

import asyncio

from shared.access.purposes import LeaderClass
from shared.clock import new_id
from tests.observations.scenes import ok, pointers, refused, step


async def a_visit(school, *observers, purpose="coaching"):
    await school.staff.person("second", ("leads", school.id))
    body = {
        "purpose": purpose, "teacher_id": str(school.staff["teacher"]), "school_id": str(school.id),
        "framework_version_id": str(school.framework.version_id),
        "observer_ids": [str(school.staff[name]) for name in observers or ("principal", "second")],
    }  # fmt: skip
    visit = str(new_id())
    async with school.acting("principal") as http:
        ok(await http.put(f"/v1/visits/{visit}", json=body), 201)
        assert ok(await http.put(f"/v1/visits/{visit}", json=body))["version"] == 1
    return visit


def scored(school, *levels):
    return [{"indicator_id": str(i), "level": n} for i, n in zip(school.framework.indicators, levels, strict=False)]


async def test_nobody_sees_the_others_before_all_have_submitted(school):
    visit = await a_visit(school, purpose="evaluation")
    rating = {"visit_id": visit, "purpose": "evaluation", "type": "formal"}
    first = await school.record("principal", **rating, scores=scored(school, 3, 2, 4))
    async with school.acting("second") as http:
        assert ok(await http.get(f"/v1/observations/{first['id']}"))["withheld"] == "blind"
        refused(await http.get(f"/v1/observations/{first['id']}/total"), 404)
        refused(await http.get(f"/v1/visits/{visit}/ratings"), 409, "still-blind")
        early = school.visit(
            visit_id=visit, rating_kind="consensus", **{k: v for k, v in rating.items() if k != "visit_id"}
        )
        assert pointers(refused(await http.post("/v1/observations", json=early), 422)) == ["#/rating_kind"]
    second = await school.record("second", **rating, state="in_progress", scores=scored(school, 3, 3, 1))
    async with school.acting("second") as http:
        refused(await http.get(f"/v1/visits/{visit}/ratings"), 409, "still-blind")
        ok(await step(http, "submit", second))
        ratings = ok(await http.get(f"/v1/visits/{visit}/ratings"))
        assert ok(await http.get(f"/v1/observations/{first['id']}"))["withheld"] is None
    assert [rater["rating_kind"] for rater in ratings["raters"]] == ["live", "live"]
    agreement = ratings["agreement"]
    assert (agreement.pop("method_version"), agreement.pop("as_of") > "2026") == ("pairwise_agreement.v1", True)
    assert agreement == {"pairs": 3, "exact": 1 / 3, "adjacent": 2 / 3, "reason": None}
    agreed = await school.record("second", **rating, rating_kind="consensus", scores=scored(school, 3, 3, 3))
    assert (agreed["rating_kind"], agreed["feedback_due_at"]) == ("consensus", None)
    async with school.acting("teacher") as http:
        refused(await http.get(f"/v1/visits/{visit}/ratings"), 403)
    async with school.acting("colleague") as http:
        refused(await http.get(f"/v1/visits/{visit}"), 404)


async def test_two_who_submit_at_once_open_it(school):
    visit = await a_visit(school)
    both = [(name, await school.record(name, visit_id=visit, state="in_progress")) for name in ("principal", "second")]
    await asyncio.gather(*(school.move("submit", name, made) for name, made in both))
    async with school.acting("principal") as http:
        assert ok(await http.get(f"/v1/visits/{visit}"))["opened_at"] is not None


async def test_batches_open_it_too_and_who_does_not_come_holds_nobody_up(school):
    visit = await a_visit(school, "principal", "second", "superintendent")
    async with school.acting("principal") as http:
        items = [school.visit(visit_id=visit)]
        assert ok(await http.post("/v1/observations/batch", json={"items": items}))["data"][0]["status"] == 201
    await school.record("second", visit_id=visit)
    plan = school.plan(visit_id=visit)
    async with school.acting("superintendent") as http:
        made = ok(await http.post("/v1/observations", json=plan), 201)
        assert ok(await http.get(f"/v1/visits/{visit}"))["opened_at"] is None
        ok(await step(http, "cancel", made))
        assert ok(await http.get(f"/v1/visits/{visit}"))["opened_at"] is not None


async def test_only_who_is_named_rates_it(school):
    visit = await a_visit(school)
    async with school.acting("superintendent") as http:
        answer = await http.post("/v1/observations", json=school.visit(visit_id=visit))
        assert pointers(refused(answer, 422)) == ["#/visit_id"]
        answer = await http.post("/v1/observations", json=school.visit(visit_id=str(new_id())))
        assert pointers(refused(answer, 422)) == ["#/visit_id"]
        answer = await http.post("/v1/observations", json=school.visit(rating_kind="consensus"))
        assert pointers(refused(answer, 422)) == ["#/visit_id"]


async def test_her_own_view_beside_the_observers(school):
    lesson = await school.record(state="shared", scores=scored(school, 3, 2, 4, "not_observed"))
    path = f"/v1/observations/{lesson['id']}/self-gap"
    async with school.acting("teacher") as http:
        assert ok(await http.get(path))["reason"] == "no_self_observation"
    own = await school.record("teacher", type="self", feedback=None, scores=scored(school, 4, 2, "not_applicable", 3))
    async with school.acting("teacher") as http:
        gap = ok(await http.get(path))
    assert (gap["self_observation_id"], gap["n"], gap["mean_gap"]) == (own["id"], 2, 0.5)
    by = {row["indicator_id"]: row["gap"] for row in gap["indicators"]}
    assert [by[str(i)] for i in school.framework.indicators[:4]] == [1, 0, None, None]
    async with school.acting("principal") as http:
        assert ok(await http.get(path))["reason"] == "no_self_observation", "hers, until she shares it"
    async with school.acting("superintendent") as http:
        refused(await http.get(path), 404)


async def test_of_each_purpose_to_those_of_it(school):
    """A visit has one purpose. Were there ratings of two, a coach read no evaluation, and an evaluator no coaching."""
    await school.staff.person("evaluator", ("evaluates", school.staff["teacher"]))
    visit = await a_visit(school, "coach", "evaluator")
    first = await school.record("coach", visit_id=visit)
    async with school.acting("evaluator") as http:
        other = school.visit(visit_id=visit, purpose="evaluation")
        assert pointers(refused(await http.post("/v1/observations", json=other), 422)) == ["#/purpose"]
        (outcome,) = ok(await http.post("/v1/observations/batch", json={"items": [other]}))["data"]
        assert outcome["status"] == 422
    statement = "update observations.observations set visit_id = $1, blind = false where id = $2"
    second = await school.record("evaluator", purpose="evaluation")
    async with school.district.stack.runtimes["observations"].database.transaction(school.district.id) as connection:
        await connection.execute(statement, visit, second["id"])
        await connection.execute("update observations.visits set opened_at = now() where id = $1", visit)
    for name, own in (("coach", first), ("evaluator", second)):
        async with school.acting(name) as http:
            ratings = ok(await http.get(f"/v1/visits/{visit}/ratings"))
        assert [rater["observation_id"] for rater in ratings["raters"]] == [own["id"]], name
        assert {rating["observation_id"] for row in ratings["indicators"] for rating in row["ratings"]} == {own["id"]}


async def test_who_may_not_plan_the_stored_visit_does_not_take_it_over(school):
    await school.staff.person("second", ("leads", school.id))
    body = {
        "purpose": "coaching", "teacher_id": str(school.staff["colleague"]), "school_id": str(school.id),
        "framework_version_id": str(school.framework.version_id),
        "observer_ids": [str(school.staff["coach"]), str(school.staff["second"])],
    }  # fmt: skip
    path = f"/v1/visits/{new_id()}"
    async with school.acting("principal") as http:
        ok(await http.put(path, json=body), 201)
    async with school.acting("coach") as http:
        taken = body | {"teacher_id": str(school.staff["teacher"])}
        refused(await http.put(path, json=taken, headers={"If-Match": "*"}), 403, "not-yours-to-record")
        refused(await http.put(f"/v1/visits/{new_id()}", json=body), 403, "not-yours-to-record")


async def test_a_reassigned_rating_opens_its_visit_as_the_first_would_have(school):
    visit = await a_visit(school)
    made = await school.record("principal", visit_id=visit, state="in_progress")
    async with school.acting("principal") as http:
        to = str(school.staff["second"])
        refused(await step(http, "reassign", made, observer_id=to), 409, "rates-already")
    moved = await school.move("reassign", "principal", made, observer_id=str(school.staff["superintendent"]))
    await school.record("second", visit_id=visit)
    await school.move("submit", "superintendent", moved)
    async with school.acting("second") as http:
        seen = ok(await http.get(f"/v1/visits/{visit}"))
        assert set(seen["observer_ids"]) == {str(school.staff[name]) for name in ("second", "superintendent")}
        assert seen["opened_at"] is not None
        assert len(ok(await http.get(f"/v1/visits/{visit}/ratings"))["raters"]) == 2


async def test_of_two_first_ratings_at_one_instant_none_is_for_another_purpose(school):
    await school.staff.person("evaluator", ("evaluates", school.staff["teacher"]))
    visit = await a_visit(school, "coach", "evaluator")

    async def rate(name, purpose):
        async with school.acting(name) as http:
            return await http.post("/v1/observations", json=school.visit(visit_id=visit, purpose=purpose))

    first, second = await asyncio.gather(rate("coach", "coaching"), rate("evaluator", "evaluation"))
    ok(first, 201)
    assert pointers(refused(second, 422)) == ["#/purpose"]
    async with school.acting("coach") as http:
        planned = ok(await http.get(f"/v1/visits/{visit}"))
        said = {name: planned[name] for name in ("teacher_id", "school_id", "framework_version_id", "observer_ids")}
        other = said | {"purpose": "walk"}
        answer = await http.put(f"/v1/visits/{visit}", json=other, headers={"If-Match": "*"})
        assert pointers(refused(answer, 422)) == ["#/purpose"]


async def test_an_evaluation_that_is_planned_is_seen_as_evaluations_are(school):
    await school.staff.person("lead", ("leads", school.id), leader_class=LeaderClass.SCHOOL)
    await school.staff.person("evaluator", ("evaluates", school.staff["teacher"]))
    judged = await a_visit(school, purpose="evaluation")
    helped = await a_visit(school)
    seen = {
        "superintendent": {judged, helped}, "teacher": {judged, helped}, "principal": {judged, helped},
        "lead": {helped}, "evaluator": {judged}, "coach": set(), "colleague": set(),
    }  # fmt: skip
    for name, visits in seen.items():
        async with school.acting(name) as http:
            listed = ok(await http.get("/v1/visits", params={"count": "true"}))
            assert {row["id"] for row in listed["data"]} == visits, name
            assert listed["total"] == len(visits)
            if judged not in visits:
                refused(await http.get(f"/v1/visits/{judged}"), 404)
    body = {
        "purpose": "evaluation", "teacher_id": str(school.staff["teacher"]), "school_id": str(school.id),
        "framework_version_id": str(school.framework.version_id),
        "observer_ids": [str(school.staff[name]) for name in ("lead", "second")],
    }  # fmt: skip
    for name in ("lead", "coach"):
        async with school.acting(name) as http:
            refused(await http.put(f"/v1/visits/{new_id()}", json=body), 403, "not-yours-to-record")


async def test_who_rates_is_another_one_who_is_there(school):
    body = {
        "purpose": "coaching", "teacher_id": str(school.staff["teacher"]), "school_id": str(school.id),
        "framework_version_id": str(school.framework.version_id),
    }  # fmt: skip
    principal, teacher = str(school.staff["principal"]), str(school.staff["teacher"])
    async with school.acting("principal") as http:
        for observers, pointer in (
            ([principal, principal], "#"), ([principal, teacher], "#"), ([principal, str(new_id())], "#/observer_ids"),
        ):  # fmt: skip
            answer = await http.put(f"/v1/visits/{new_id()}", json=body | {"observer_ids": observers})
            assert pointers(refused(answer, 422)) == [pointer]


async def test_an_observer_has_one_rating_of_a_visit(school):
    visit = await a_visit(school)
    first = await school.record("principal", visit_id=visit, scores=scored(school, 3))
    again = school.visit(visit_id=visit, scores=scored(school, 3))
    async with school.acting("principal") as http:
        refused(await http.post("/v1/observations", json=again), 409, "rates-already")
        both = [school.visit(visit_id=visit), school.visit(visit_id=visit)]
        outcomes = ok(await http.post("/v1/observations/batch", json={"items": both}))["data"]
        assert [one["status"] for one in outcomes] == [409, 409]
        ok(await step(http, "void", first, reason="The wrong class."))
        two = await asyncio.gather(*(http.post("/v1/observations", json=visit) for visit in both))
        assert sorted(one.status_code for one in two) == [201, 409]
    visits = [await a_visit(school), await a_visit(school)]
    rated = {name: [school.visit(visit_id=one) for one in visits] for name in ("principal", "second")}

    async def send(name, items):
        async with school.acting(name) as http:
            return ok(await http.post("/v1/observations/batch", json={"items": items}))["data"]

    sent = await asyncio.gather(send("principal", rated["principal"]), send("second", rated["second"][::-1]))
    assert {one["status"] for outcomes in sent for one in outcomes} == {201}, "who submit at once wait in turn"
    await school.record("second", visit_id=visit, scores=scored(school, 3))
    async with school.acting("second") as http:
        assert len(ok(await http.get(f"/v1/visits/{visit}/ratings"))["raters"]) == 2

"""Who sees, reads, writes and moves what: the matrix of persons, purposes and operations."""

from datetime import timedelta

import pytest

from shared.access.purposes import LeaderClass
from shared.clock import new_id, now
from shared.testing.staff import Staff
from tests.observations.scenes import iso, ok, refused, step

EVERYBODY = ("principal", "superintendent", "teacher", "colleague", "stranger", "coach", "evaluator", "mentor")
HEADER, CONTENT = "header", "content"
# The observer is the principal, the observation is shared. Nothing: 404.
SEES = {
    "coaching": {"principal": CONTENT, "teacher": CONTENT, "superintendent": HEADER},
    "evaluation": {"principal": CONTENT, "teacher": CONTENT, "superintendent": CONTENT, "evaluator": CONTENT},
    "walk": {"principal": CONTENT, "teacher": CONTENT, "superintendent": HEADER},
    "research": {"principal": CONTENT, "teacher": CONTENT},
}


@pytest.fixture
async def school(school):
    staff: Staff = school.staff
    await staff.person("evaluator", ("evaluates", staff["teacher"]))
    await staff.person("mentor", ("mentors", staff["teacher"]))
    return school


@pytest.mark.parametrize("purpose", SEES)
async def test_who_sees_what_of_a_shared_observation(school, purpose):
    made = await school.record(purpose=purpose, state="shared")
    seen, listed, fed = {}, {}, {}
    for name in EVERYBODY:
        async with school.acting(name) as http:
            answer = await http.get(f"/v1/observations/{made['id']}")
            if answer.status_code == 200:
                seen[name] = CONTENT if answer.json()["content"] else HEADER
                assert (answer.json()["withheld"] is None) == (seen[name] == CONTENT)
            else:
                refused(answer, 404, "not-found")
            rows = ok(await http.get("/v1/observations", params={"content": "true"}))["data"]
            if rows:
                listed[name] = CONTENT if rows[0]["content"] else HEADER
            feedback = await http.get(f"/v1/feedback/{made['id']}")
            if feedback.status_code == 200:
                fed[name] = CONTENT
            in_list = ok(await http.get("/v1/feedback"))["data"]
            assert [row["id"] for row in in_list] == ([made["id"]] if name in fed else [])
    assert seen == listed == SEES[purpose]
    assert fed == {name: what for name, what in SEES[purpose].items() if what == CONTENT}


@pytest.mark.parametrize("purpose", SEES)
async def test_before_it_is_shared_the_teacher_knows_that_it_was_not_what(school, purpose):
    made = await school.record(purpose=purpose)
    async with school.acting("teacher") as http:
        row = ok(await http.get(f"/v1/observations/{made['id']}"))
        assert (row["withheld"], row["content"]) == ("not_shared", None)
        refused(await http.get(f"/v1/feedback/{made['id']}"), 404)
        assert ok(await http.get("/v1/feedback"))["data"] == []
    async with school.acting("principal") as http:
        assert ok(await http.get(f"/v1/feedback/{made['id']}"))["state"] == "draft"


async def test_an_evaluation_in_the_making_is_its_authors(school):
    made = await school.record(purpose="evaluation", state="in_progress")
    async with school.acting("evaluator") as http:
        assert ok(await http.get(f"/v1/observations/{made['id']}"))["withheld"] == "not_shared"
    await school.move("submit", "principal", made)
    async with school.acting("evaluator") as http:
        assert ok(await http.get(f"/v1/observations/{made['id']}"))["withheld"] is None


@pytest.mark.parametrize(
    ("purpose", "scopes", "reads"),
    [
        ("coaching", (), False),
        ("coaching", ("observations.read:evaluation", "backfill"), False),
        ("evaluation", (), False),
        ("evaluation", ("observations.read:evaluation",), True),
        ("walk", (), True),
        ("research", (), True),
    ],
)
async def test_machines_read_by_scope_and_coaching_never(school, purpose, scopes, reads):
    made = await school.record(purpose=purpose, state="shared")
    token = await school.token("observations.read", *scopes)
    async with school.district.client(token=token) as http:
        row = ok(await http.get(f"/v1/observations/{made['id']}"))
        (listed,) = ok(await http.get("/v1/observations", params={"content": "true"}))["data"]
        assert (listed["content"] is not None) == (row["content"] is not None) == reads
        assert row["withheld"] == (None if reads else "purpose")
        assert (await http.get(f"/v1/feedback/{made['id']}")).status_code == (200 if reads else 404)
        refused(await http.post("/v1/observations", json=school.visit()), 403)


MAY_RECORD = {
    ("informal", "coaching"): {"principal", "superintendent", "coach", "mentor", "evaluator"},
    ("walkthrough", "walk"): {"principal", "superintendent", "coach", "mentor", "evaluator"},
    ("formal", "evaluation"): {"principal", "superintendent", "evaluator"},
    ("peer", "coaching"): {"principal", "superintendent", "coach", "mentor", "evaluator", "colleague"},
    ("self", "coaching"): {"teacher"},
}


@pytest.mark.parametrize(("kind", "purpose"), MAY_RECORD)
async def test_who_may_record(school, kind, purpose):
    recorded = set()
    for name in EVERYBODY:
        async with school.acting(name) as http:
            visit = school.visit(type=kind, purpose=purpose)
            answer = await http.post("/v1/observations", json=visit)
            put = await http.put(f"/v1/observations/{new_id()}", json={n: v for n, v in visit.items() if n != "id"})
            batch = ok(await http.post("/v1/observations/batch", json={"items": [visit | {"id": str(new_id())}]}))
        assert answer.status_code == put.status_code == batch["data"][0]["status"]
        if answer.status_code == 201:
            recorded.add(name)
        else:
            refused(answer, 403, "not-yours-to-record")
    assert recorded == MAY_RECORD[kind, purpose]


async def test_nobody_records_in_anothers_name_or_answers_for_the_teacher(school):
    async with school.acting("principal") as http:
        other = school.visit(observer_id=str(school.staff["coach"]))
        refused(await http.post("/v1/observations", json=other), 403, "not-the-observer")
        spoken = school.visit(state="shared", response="I loved it.")
        refused(await http.post("/v1/observations", json=spoken), 403, "not-the-teacher")
    async with school.acting() as http:
        nobody = refused(await http.post("/v1/observations", json=school.visit()), 422)
        assert nobody["errors"][0]["pointer"] == "#/observer_id"


@pytest.mark.parametrize("name", [n for n in EVERYBODY if n != "principal"])
async def test_only_the_observer_writes_and_only_the_teacher_answers(school, name):
    made = await school.record(state="in_progress")
    sees = name in SEES["coaching"]
    path, etag = f"/v1/observations/{made['id']}", {"If-Match": '"1"'}
    async with school.acting(name) as http:
        for move, body in (("submit", {}), ("cancel", {}), ("archive", {}), ("share", {})):
            refused(await step(http, move, made, **body), 403 if sees else 404)
        refused(await http.patch(path, json={"scores": []}, headers=etag), 403 if sees else 404)
        item = school.visit(id=made["id"], base_version=1)
        (outcome,) = ok(await http.post("/v1/observations/batch", json={"items": [item]}))["data"]
        assert outcome["status"] in ({403} if sees else {403, 409})
    submitted = await school.move("submit", "principal", made)
    shared = await school.move("share", "principal", submitted)
    async with school.acting(name) as http:
        for move, body in (("read", {}), ("respond", {"text": "Thanks."})):
            answer = await step(http, move, shared, **body)
            if name == "teacher":
                shared = ok(answer)
            else:
                refused(answer, 403 if sees else 404)


async def test_rights_end_with_the_relationship(school):
    staff = school.staff
    await staff.person("ended", ("leads", school.id), end=(now() - timedelta(days=1)).date())
    async with school.acting("ended") as http:
        refused(await http.post("/v1/observations", json=school.visit()), 403, "not-yours-to-record")
        refused(await http.get(f"/v1/observations/{(await school.record())['id']}"), 404)


async def test_a_header_says_nothing_of_what_was_said(school):
    made = await school.record()
    voided = await school.move("void", "principal", made, reason="The teacher was ill.")
    async with school.acting("superintendent") as http:
        answer = await http.get(f"/v1/observations/{voided['id']}")
    assert ok(answer)["state"] == "voided"
    for words in ("ill", "open questions", "Wait three", "T asks"):
        assert words not in answer.text.replace("withheld", "")


async def test_another_district_sees_and_touches_nothing(school, other_district):
    made = await school.record(state="in_progress")
    async with other_district.client() as http:
        refused(await http.get(f"/v1/observations/{made['id']}"), 404)
        assert ok(await http.get("/v1/observations"))["data"] == []
        refused(await step(http, "submit", made), 404)
        refused(await http.get(f"/v1/feedback/{made['id']}"), 404)
        # The id is free there, and the teacher is nobody.
        theirs = school.visit(
            id=made["id"], observer_id=str(new_id()), framework_version_id=None, scores=[], look_fors=[]
        )
        theirs["script"][0]["codes"] = []
        refused(await http.post("/v1/observations", json=theirs), 422, "teaches-elsewhere")
    async with school.acting("principal") as http:
        assert ok(await http.get(f"/v1/observations/{made['id']}")) == made


async def test_reading_leaves_a_trace(school):
    made = await school.record(state="shared")
    async with school.acting("superintendent") as http:
        await http.get(f"/v1/observations/{made['id']}")
    async with school.acting() as http:
        audit = ok(await http.get("/v1/audit-events/observations", params={"entity_id": made["id"]}))["data"]
    assert [row["action"] for row in audit] == ["observation.shared", "observation.viewed"]
    assert audit[1]["person_id"] == str(school.staff["superintendent"])


async def test_lists_are_filtered_and_paged(school):
    first = await school.record(observed_at=iso(now() - timedelta(days=9)))
    second = await school.record(purpose="walk")
    third = await school.record(teacher="colleague", state="shared")
    plan = school.plan()
    async with school.acting("principal") as http:
        ok(await http.post("/v1/observations", json=plan), 201)
        for parameters, expected in (
            ({"purpose": "walk"}, [second]),
            ({"state": "shared"}, [third]),
            ({"teacher_id": str(school.staff["colleague"])}, [third]),
            ({"feedback_overdue": "true"}, [first]),
            ({"observed_before": iso(now() - timedelta(days=1))}, [first]),
            ({"type": "formal"}, []),
            ({"observer_id": str(school.staff["principal"]), "limit": 500}, [first, second, third, plan]),
        ):
            rows = ok(await http.get("/v1/observations", params=parameters))["data"]
            assert [row["id"] for row in rows] == sorted(one["id"] for one in expected), parameters
        page = await http.get("/v1/observations", params={"limit": 3, "count": "true"})
        assert (len(ok(page)["data"]), ok(page)["total"]) == (3, 4)
        rest = ok(await http.get(page.links["next"]["url"].replace("http://127.0.0.1:8000", "")))
        assert len(rest["data"]) == 1
        assert {row["withheld"] for row in rest["data"]} == {"not_asked"}


async def test_feedback_is_read_with_its_evidence_in_words(school):
    made = await school.record(state="shared")
    async with school.acting("teacher") as http:
        feedback = ok(await http.get(f"/v1/feedback/{made['id']}"))
        assert [line["text"] for line in feedback["evidence"]] == ["T asks question 0."]
        assert (feedback["state"], feedback["response"]) == ("shared", None)
        assert ok(await http.get("/v1/feedback", params={"state": "responded"}))["data"] == []
        await step(http, "respond", made, text="Thanks.")
        (answered,) = ok(await http.get("/v1/feedback", params={"state": "responded"}))["data"]
        assert answered["response"] == "Thanks."


async def test_a_school_leader_leads_and_does_not_evaluate(school):
    """Who leads by hand is no administrative leader: a lead teacher sees no evaluation, nor that there is one."""
    await school.staff.person("lead", ("leads", school.id), leader_class=LeaderClass.SCHOOL)
    evaluation = await school.record(purpose="evaluation", state="shared")
    coaching = await school.record(state="shared")
    async with school.acting("lead") as http:
        refused(await http.get(f"/v1/observations/{evaluation['id']}"), 404)
        assert ok(await http.get(f"/v1/observations/{coaching['id']}"))["withheld"] == "purpose"
        refused(
            await http.post("/v1/observations", json=school.visit(purpose="evaluation")), 403, "not-yours-to-record"
        )
        ok(await http.post("/v1/observations", json=school.visit()), 201)


async def test_what_happened_is_judged_by_the_roles_of_its_day(school):
    """She led until ten days ago; her tablet was offline since the visit before that."""
    yesterday, then = now() - timedelta(days=1), now() - timedelta(days=20)
    await school.staff.person("former", ("leads", school.id), end=(now() - timedelta(days=10)).date())
    async with school.acting("former") as http:
        ok(await http.post("/v1/observations", json=school.visit(observed_at=iso(then))), 201)
        items = [school.visit(observed_at=iso(at)) for at in (then, yesterday)]
        outcomes = ok(await http.post("/v1/observations/batch", json={"items": items}))["data"]
        assert [outcome["status"] for outcome in outcomes] == [201, 403]
        refused(await http.post("/v1/observations", json=school.visit()), 403, "not-yours-to-record")
    await school.staff.person("new", ("leads", school.id), begin=yesterday.date())
    async with school.acting("new") as http:
        refused(await http.post("/v1/observations", json=school.visit(observed_at=iso(then))), 403)
        ok(await http.post("/v1/observations", json=school.visit()), 201)


async def test_an_evaluation_is_submitted_only_by_who_may_evaluate(school):
    staff = school.staff
    tie = new_id()
    await staff.tie(tie, "deputy", "evaluates", staff["teacher"])
    made = await school.record("deputy", purpose="evaluation", state="in_progress")
    await staff.tie(tie, "deputy", "evaluates", staff["teacher"], version=2, end=(now() - timedelta(days=9)).date())
    async with school.acting("deputy") as http:
        refused(await step(http, "submit", made), 403, "not-yours-to-record")

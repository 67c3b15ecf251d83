"""An observation in one body: what is taken, by whom, with which times, and what is refused where."""

from datetime import date, timedelta

import orjson
import pytest

from services.observations.observations.schemas import ObservationRead
from shared.clock import new_id, now
from shared.contracts.observations import ObservationState
from tests.observations.scenes import iso, ok, pointers, refused


async def test_a_whole_visit_in_one_body(school):
    sent = school.visit()
    async with school.acting("principal") as http:
        answer = await http.post("/v1/observations", json=sent)
        made = ok(answer, 201)
        read = await http.get(f"/v1/observations/{sent['id']}")
    assert answer.headers["etag"] == read.headers["etag"] == '"1"'
    ObservationRead.model_validate_json(answer.content)
    assert ok(read) == made
    assert {name: made["content"][name] for name in ("script", "scores", "look_fors", "feedback")} == {
        name: sent[name] for name in ("script", "scores", "look_fors", "feedback")
    }
    assert made["observer_id"] == str(school.staff["principal"])
    assert (made["state"], made["source"], made["withheld"]) == ("submitted", "live", None)


async def test_one_event_and_one_audit_row_without_a_word_of_what_was_said(school):
    made = await school.record()
    (event,) = await school.events("observation.", made["id"])
    assert event["type"] == "observation.submitted"
    state = ObservationState.model_validate(event["data"])
    assert set(event["data"]) == set(ObservationState.model_fields)
    assert [score.level for score in state.scores] == [3, "not_observed", "not_applicable", *[2] * 9]
    assert (state.next_steps, state.look_fors[1].mark) == (1, 7)
    text = orjson.dumps(event).decode()
    assert "open questions" not in text
    assert "T asks" not in text
    async with school.acting() as http:
        audit = ok(await http.get("/v1/audit-events/observations", params={"entity_id": made["id"]}))
    assert [row["action"] for row in audit["data"]] == ["observation.submitted"]
    assert audit["data"][0]["person_id"] == str(school.staff["principal"])


async def test_the_server_has_the_clock(school):
    before = now()
    made = await school.record()
    assert before.isoformat() <= made["observed_at"].replace("Z", "+00:00") <= now().isoformat()
    assert made["observed_at"] == made["submitted_at"]
    token = await school.token("observations.write", "act_as")
    async with school.district.client(school.staff["principal"], token) as http:
        early = school.visit(observed_at=iso(now() - timedelta(days=30)))
        assert refused(await http.post("/v1/observations", json=early), 403)["scopes"] == ["backfill"]


async def test_a_tablet_that_may_backfill_sets_past_times_and_the_row_says_so(school):
    observed, shared = now() - timedelta(days=30), now() - timedelta(days=29, hours=1)
    times = {"observed_at": iso(observed), "ended_at": iso(observed + timedelta(minutes=20)), "shared_at": iso(shared)}
    made = await school.record(state="shared", **times)
    assert made["source"] == "backfill"
    assert made["feedback_due_at"] == iso(observed + timedelta(hours=48))
    assert made["submitted_at"] == times["shared_at"]
    assert {name: made[name] for name in times} == times


async def test_a_past_year_is_played_by_a_machine_in_one_body(school):
    observed = now() - timedelta(days=200)
    times = {
        "observed_at": observed, "submitted_at": observed, "shared_at": observed + timedelta(hours=5),
        "read_at": observed + timedelta(hours=6), "responded_at": observed + timedelta(hours=7),
        "locked_at": observed + timedelta(days=1),
    }  # fmt: skip
    past = {name: iso(at) for name, at in times.items()}
    body = school.visit(state="locked", observer_id=str(school.staff["coach"]), response="Thank you.", **past)
    async with school.acting() as http:
        made = ok(await http.post("/v1/observations", json=body), 201)
    assert {name: made[name] for name in past} == past
    assert (made["state"], made["withheld"], made["content"]) == ("locked", "purpose", None)
    async with school.acting("teacher") as http:
        assert ok(await http.get(f"/v1/observations/{made['id']}"))["content"]["response"] == "Thank you."


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"state": "submitted", "shared_at": iso(now())}, "#/shared_at"),
        ({"state": "in_progress", "submitted_at": iso(now())}, "#/submitted_at"),
        ({"observed_at": iso(now() + timedelta(hours=1))}, "#/observed_at"),
        ({"ended_at": iso(now() - timedelta(days=1))}, "#/ended_at"),
        ({"purpose": "evaluation", "type": "peer"}, "#/purpose"),
        ({"purpose": "gossip"}, "#/purpose"),
        ({"framework_version_id": None}, "#/framework_version_id"),
        ({"framework_version_id": str(new_id())}, "#/framework_version_id"),
        ({"unknown": 1}, "#/unknown"),
        ({"teacher_id": 7}, "#/teacher_id"),
    ],
)
async def test_a_bad_field_is_named(school, changes, pointer):
    async with school.acting("principal") as http:
        assert pointers(refused(await http.post("/v1/observations", json=school.visit(**changes)), 422)) == [pointer]


async def test_what_the_framework_does_not_know_is_named(school):
    visit = school.visit()
    visit["scores"][3]["level"] = 5
    visit["scores"][4]["indicator_id"] = str(new_id())
    visit["scores"][5]["indicator_id"] = visit["scores"][6]["indicator_id"]
    visit["look_fors"][0]["mark"] = 3
    visit["look_fors"][1]["mark"] = "seen"
    visit["script"][1]["codes"] = [str(new_id())]
    visit["script"][2]["id"] = visit["script"][3]["id"]
    visit["feedback"]["evidence"].append(str(new_id()))
    async with school.acting("principal") as http:
        shape = pointers(refused(await http.post("/v1/observations", json=visit), 422))
        visit["script"][2]["id"] = str(new_id())
        visit["scores"].pop(5)
        visit["feedback"]["evidence"].pop()
        meaning = pointers(refused(await http.post("/v1/observations", json=visit), 422))
    assert shape == ["#/script/3/id", "#/scores/6/indicator_id", "#/feedback/evidence/1"]
    assert meaning == [
        "#/scores/3/level", "#/scores/4/indicator_id", "#/look_fors/0/mark", "#/look_fors/1/mark", "#/script/1/codes/0",
    ]  # fmt: skip


async def test_a_value_that_fits_no_branch_is_pointed_at_as_it_stands_in_the_body(school):
    visit = school.visit()
    visit["scores"][0]["level"] = True
    visit["look_fors"][0]["mark"] = -1
    async with school.acting("principal") as http:
        found = pointers(refused(await http.post("/v1/observations", json=visit), 422))
        put = {name: value for name, value in visit.items() if name != "id"}
        assert pointers(refused(await http.put(f"/v1/observations/{visit['id']}", json=put), 422)) == found
    assert set(found) == {"#/scores/0/level", "#/look_fors/0/mark"}


async def test_three_next_steps_are_one_too_many(school):
    visit = school.visit()
    visit["feedback"]["next_steps"] *= 3
    async with school.acting("principal") as http:
        assert pointers(refused(await http.post("/v1/observations", json=visit), 422)) == ["#/feedback/next_steps"]


async def test_the_teacher_must_be_assigned_there_on_that_day(school):
    staff = school.staff
    await staff.person("former", ("teaches_at", school.id), begin=date(2020, 8, 1), end=date(2021, 6, 30))
    async with school.acting("principal") as http:
        elsewhere = refused(
            await http.post("/v1/observations", json=school.visit("stranger")), 422, "teaches-elsewhere"
        )
        assert pointers(elsewhere) == ["#/teacher_id"]
        refused(await http.post("/v1/observations", json=school.visit("former")), 422, "teaches-elsewhere")
        then = school.visit("former", observed_at="2021-03-01T15:00:00Z")
        assert ok(await http.post("/v1/observations", json=then), 201)["source"] == "backfill"
        last_day = school.visit("former", observed_at="2021-07-01T01:00:00Z")  # still 30 June in the west
        ok(await http.post("/v1/observations", json=last_day), 201)


async def test_a_retired_version_takes_what_happened_before(school):
    path = f"/v1/framework-versions/{school.framework.version_id}"
    async with school.acting("principal") as http:
        ok(await http.post(f"{path}/retire", headers={"If-Match": "*"}))
        refused(await http.post("/v1/observations", json=school.visit()), 409, "framework-version-retired")
        before = school.visit(observed_at=iso(now() - timedelta(days=1)))
        ok(await http.post("/v1/observations", json=before), 201)


async def test_a_draft_version_scores_nothing(school):
    draft = type(school.framework)(id=school.framework.id)
    async with school.acting("principal") as http:
        ok(await http.put(f"/v1/framework-versions/{draft.version_id}", json=draft.document()), 201)
        visit = school.visit(framework_version_id=str(draft.version_id))
        assert pointers(refused(await http.post("/v1/observations", json=visit), 422)) == ["#/framework_version_id"]
        bare = school.visit(framework_version_id=str(draft.version_id), scores=[], look_fors=[])
        bare["script"][0]["codes"] = []
        assert pointers(refused(await http.post("/v1/observations", json=bare), 422)) == ["#/framework_version_id"]


async def test_a_script_needs_no_framework(school):
    visit = school.visit(framework_version_id=None, scores=[], look_fors=[])
    visit["script"][0]["codes"] = []
    async with school.acting("principal") as http:
        ok(await http.post("/v1/observations", json=visit), 201)
        nothing = school.visit(framework_version_id=None, scores=[], look_fors=[], script=[], feedback=None)
        refused(await http.post("/v1/observations", json=nothing), 409, "nothing-recorded")


async def test_bodies_that_are_none(school):
    async with school.acting("principal") as http:
        for body, status in ((b"{", 422), (b"\xff", 422), (b"[]", 422), (b'{"a":' * 300, 422), (b"null", 422)):
            refused(
                await http.post("/v1/observations", content=body, headers={"content-type": "application/json"}), status
            )
        text = await http.post("/v1/observations", content=b"{}", headers={"content-type": "text/plain"})
        refused(text, 415)


async def test_the_same_upload_twice_is_one(school):
    visit = school.visit()
    async with school.acting("principal") as http:
        first = ok(await http.post("/v1/observations", json=visit), 201)
        assert ok(await http.post("/v1/observations", json=visit)) == first
        shared = await school.move("share", "principal", first)
        late = ok(await http.post("/v1/observations", json=visit))
        assert late["shared_at"] == shared["shared_at"]
        other = visit | {"scores": visit["scores"][:3]}
        refused(await http.post("/v1/observations", json=other), 409, "observation-exists")
    assert len(await school.events("observation.submitted")) == 1


async def test_an_idempotency_key_gives_the_stored_answer(school):
    visit = school.visit()
    visit.pop("id")
    async with school.acting("principal") as http:
        key = {"Idempotency-Key": "tablet-1"}
        first = await http.post("/v1/observations", json=visit, headers=key)
        again = await http.post("/v1/observations", json=visit, headers=key)
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["etag"] == first.headers["etag"]
        other = school.visit()
        refused(await http.post("/v1/observations", json=other, headers=key), 422, "idempotency-key-reused")
        assert len(ok(await http.get("/v1/observations"))["data"]) == 1


async def test_a_batch_is_no_observation(school):
    async with school.acting("principal") as http:
        for method in ("GET", "PUT", "PATCH"):
            answer = await http.request(method, "/v1/observations/batch", json={})
            refused(answer, 405)
            assert answer.headers["allow"] == "POST"


async def test_a_number_is_no_time_though_it_comes_as_a_string(school):
    async with school.acting("principal") as http:
        assert pointers(refused(await http.get("/v1/observations", params={"updated_after": "0.5"}), 422)) == [
            "#/query/updated_after"
        ]
        seconds = school.visit(observed_at="1790000000")
        assert pointers(refused(await http.post("/v1/observations", json=seconds), 422)) == ["#/observed_at"]

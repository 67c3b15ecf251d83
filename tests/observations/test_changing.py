"""PUT, PATCH and the actions: versions that count, locks, and no lost update."""

import asyncio
from datetime import timedelta

import pytest

from shared.clock import new_id, now
from tests.observations.scenes import iso, ok, refused, step


async def test_the_life_of_an_observation_over_http(school):
    plan = school.plan()
    script = school.visit(id=plan["id"])
    path = f"/v1/observations/{plan['id']}"
    async with school.acting("coach") as http:
        made = ok(await http.put(path, json=without(plan, "id")), 201)
        assert (made["state"], made["feedback_due_at"]) == ("scheduled", None)
        started = ok(await step(http, "start", made))
        assert started["feedback_due_at"] is not None
        notes = {name: script[name] for name in ("script", "scores", "look_fors")}
        noted = ok(await http.patch(path, json=notes, headers={"If-Match": '"2"'}))
        submitted = ok(await step(http, "submit", noted))
        refused(await step(http, "share", submitted), 409, "feedback-without-evidence")
        feedback = {"feedback": script["feedback"]}
        ready = ok(await http.patch(path, json=feedback, headers={"If-Match": f'"{submitted["version"]}"'}))
        shared = ok(await step(http, "share", ready))
        refused(await step(http, "read", shared), 403, "not-the-teacher")
        early = refused(await step(http, "lock", shared), 409, "locked-too-early")
        assert early["possible_from"] > shared["shared_at"]
    read = await school.move("read", "teacher", shared)
    answered = await school.move("respond", "teacher", read, text="I will try that.")
    assert answered["content"]["response"] == "I will try that."
    followed = await school.move("follow-up", "coach", answered, text="You waited three seconds, twice.")
    assert followed["content"]["follow_up"] == "You waited three seconds, twice."
    locked = await school.move("lock", "coach", followed)
    assert locked["state"] == "locked"
    archived = await school.move("archive", "coach", locked)
    assert archived["archived_at"] is not None
    kinds = [event["type"].removeprefix("observation.") for event in await school.events(of=plan["id"])]
    assert kinds == [
        "scheduled", "started", "changed", "submitted", "changed", "shared", "read", "responded",
        "followed_up", "locked", "archived",
    ]  # fmt: skip


async def test_events_carry_scores_only_from_the_submission_on(school):
    body = school.visit(state="in_progress")
    async with school.acting("principal") as http:
        made = ok(await http.post("/v1/observations", json=body), 201)
        ok(await step(http, "submit", made))
    scores = [len(event["data"]["scores"]) for event in await school.events("observation.", body["id"])]
    assert scores == [0, 12]


async def test_a_refused_move_names_the_possible_ones(school):
    made = await school.record()
    async with school.acting("principal") as http:
        assert refused(await step(http, "start", made), 409, "move-refused")["possible"] == [
            "post-conference",
            "share",
            "reassign",
            "void",
        ]
        refused(await http.post(f"/v1/observations/{made['id']}/share"), 428)
        refused(await step(http, "share", made | {"version": 7}), 412)
        refused(await step(http, "void", made), 422)
        voided = ok(await step(http, "void", made, reason="The wrong class."))
        assert voided["content"]["reason"] == "The wrong class."
        assert refused(await step(http, "share", voided), 409)["possible"] == []
        put = await http.put(f"/v1/observations/{made['id']}", json=without(school.visit(), "id"))
        refused(put, 409, "observation-locked")


async def test_reading_twice_is_reading_once(school):
    shared = await school.record(state="shared")
    first = await school.move("read", "teacher", shared)
    assert await school.move("read", "teacher", shared) == first
    assert len(await school.events("observation.read")) == 1


async def test_cancelling_takes_a_plan_away(school):
    async with school.acting("principal") as http:
        made = ok(await http.post("/v1/observations", json=school.plan()), 201)
        cancelled = ok(await step(http, "cancel", made))
        assert (cancelled["state"], cancelled["content"]["reason"]) == ("cancelled", None)
        refused(await step(http, "cancel", cancelled), 409)


async def test_put_equal_is_done_and_other_needs_the_version(school):
    visit = school.visit(state="in_progress")
    path, body = f"/v1/observations/{visit['id']}", without(visit, "id")
    async with school.acting("principal") as http:
        ok(await http.put(path, json=body), 201)
        assert ok(await http.put(path, json=body))["version"] == 1
        stale = body | {"scores": body["scores"][:5]}
        refused(await http.put(path, json=stale), 428)
        refused(await http.put(path, json=stale, headers={"If-Match": '"9"'}), 412)
        changed = ok(await http.put(path, json=stale, headers={"If-Match": '"1"'}))
        assert (changed["version"], len(changed["content"]["scores"])) == (2, 5)
        assert (
            ok(await http.put(path, json=without(stale, "feedback"), headers={"If-Match": '"2"'}))["content"][
                "feedback"
            ]
            is None
        )
        submitted = ok(await http.put(path, json=stale | {"state": "submitted"}, headers={"If-Match": '"3"'}))
        assert (submitted["state"], submitted["observed_at"]) == ("submitted", changed["observed_at"])


async def test_two_at_once_and_one_is_told(school):
    made = await school.record(state="in_progress")
    path, etag = f"/v1/observations/{made['id']}", {"If-Match": '"1"'}
    async with school.acting("principal") as http:
        answers = await asyncio.gather(
            *(http.patch(path, json={"class_id": str(new_id())}, headers=etag) for _ in range(4))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
        assert ok(await http.get(path))["version"] == 2


async def test_two_creations_of_one_id_at_once(school):
    visit = school.visit()
    async with school.acting("principal") as http:
        answers = await asyncio.gather(*(http.post("/v1/observations", json=visit) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len(await school.events("observation.submitted")) == 1


async def test_what_was_submitted_stays(school):
    made = await school.record()
    path, etag = f"/v1/observations/{made['id']}", {"If-Match": '"1"'}
    async with school.acting("principal") as http:
        refused(await http.patch(path, json={"scores": []}, headers=etag), 409, "observation-locked")
        steps = {"feedback": {"next_steps": []}}
        changed = ok(await http.patch(path, json=steps, headers=etag))
        assert changed["content"]["feedback"]["next_steps"] == []
        assert changed["content"]["feedback"]["body"] == made["content"]["feedback"]["body"]
        await step(http, "share", changed)
        refused(await http.patch(path, json={"feedback": None}, headers={"If-Match": '"3"'}), 409, "observation-locked")


@pytest.mark.parametrize("name", ["teacher_id", "purpose", "observer_id"])
async def test_whom_why_and_by_whom_is_fixed(school, name):
    made = await school.record(state="in_progress")
    other = "walk" if name == "purpose" else str(school.staff["colleague"])
    async with school.acting("principal") as http:
        answer = await http.patch(f"/v1/observations/{made['id']}", json={name: other}, headers={"If-Match": '"1"'})
        assert refused(answer, 422)["errors"][0]["pointer"] == f"#/{name}"


async def test_a_correction_of_the_time_moves_the_deadline_and_says_backfill(school):
    made = await school.record(state="in_progress")
    then = now() - timedelta(hours=3)
    async with school.acting("principal") as http:
        path, etag = f"/v1/observations/{made['id']}", {"If-Match": '"1"'}
        changed = ok(await http.patch(path, json={"observed_at": iso(then)}, headers=etag))
    assert (changed["observed_at"], changed["source"]) == (iso(then), "backfill")
    assert changed["feedback_due_at"] == iso(then + timedelta(hours=48))


async def test_actions_at_a_past_time(school):
    made = await school.record(observed_at=iso(now() - timedelta(days=3)))
    shared_at = iso(now() - timedelta(days=2))
    shared = await school.move("share", "principal", made, at=shared_at)
    assert (shared["shared_at"], shared["source"]) == (shared_at, "backfill")
    async with school.acting("teacher") as http:
        early = refused(await step(http, "read", shared, at=iso(now() - timedelta(days=9))), 422, "times-out-of-order")
        assert early["errors"][0]["pointer"] == "#/read_at"
    token = await school.token("observations.write", "act_as")
    async with school.district.client(school.staff["teacher"], token) as http:
        refused(await step(http, "read", shared, at=iso(now())), 403)


async def test_where_no_feedback_is_owed_a_submitted_one_locks(school):
    for changes in ({"purpose": "walk"}, {"type": "self", "teacher_id": str(school.staff["principal"])}):
        if "type" in changes:
            await school.staff.person("principal", ("teaches_at", school.id))
        made = await school.record(feedback=None, **changes)
        assert made["feedback_due_at"] is None
        assert (await school.move("lock", "principal", made))["state"] == "locked"


async def test_starting_on_a_day_when_the_teacher_has_left(school):
    await school.staff.person("leaving", ("teaches_at", school.id), end=(now() + timedelta(days=-5)).date())
    plan = school.plan(teacher_id=str(school.staff["leaving"]), scheduled_at=iso(now() - timedelta(days=6)))
    async with school.acting("principal") as http:
        made = ok(await http.post("/v1/observations", json=plan), 201)
        refused(await step(http, "start", made), 422, "teaches-elsewhere")
        ok(await step(http, "start", made, at=iso(now() - timedelta(days=6))))


async def test_patch_and_put_of_nothing_that_is_mine(school):
    async with school.acting("principal") as http:
        refused(await http.patch(f"/v1/observations/{new_id()}", json={}), 404)
        refused(await http.get(f"/v1/observations/{new_id()}"), 404)
        refused(await http.get("/v1/observations/7"), 422)


async def test_nobody_answers_for_her_nor_takes_her_answer_back(school):
    made = await school.record()
    path = f"/v1/observations/{made['id']}"
    forged = {"state": "shared", "response": "I agree with all of it."}
    async with school.acting("principal") as http:
        refused(await http.patch(path, json=forged, headers={"If-Match": '"1"'}), 403, "not-the-teacher")
        stamped = {"state": "shared", "read_at": made["submitted_at"]}
        refused(await http.patch(path, json=stamped, headers={"If-Match": '"1"'}), 403, "not-the-teacher")
        shared = ok(await step(http, "share", made))
    answered = await school.move("respond", "teacher", shared, text="I see it otherwise.", kind="rebuttal")
    async with school.acting("principal") as http:
        locked = ok(await step(http, "lock", answered))
    asked = await school.move("ask-unlock", "teacher", locked, reason="A line is another class's.")
    opened = await school.move("unlock", "principal", asked)
    async with school.acting("principal") as http:
        names = ("purpose", "type", "teacher_id", "school_id", "framework_version_id")
        body = {name: opened[name] for name in names} | {"state": "locked"}
        body |= {name: opened["content"][name] for name in ("script", "look_fors", "feedback")}
        kept = ok(await http.put(path, json=body, headers={"If-Match": f'"{opened["version"]}"'}))
    assert (kept["content"]["response"], kept["content"]["response_kind"]) == ("I see it otherwise.", "rebuttal")
    assert kept["content"]["scores"] == []


async def test_conferences_that_were_held_are_not_held_again(school):
    async with school.acting("principal") as http:
        planned = ok(await http.post("/v1/observations", json=school.plan()), 201)
        held = ok(await step(http, "pre-conference", planned, notes="Who speaks?"))
        path = f"/v1/observations/{held['id']}"
        begun = ok(await http.patch(path, json={"state": "in_progress"}, headers={"If-Match": '"2"'}))
        assert (begun["state"], begun["pre_conference_at"]) == ("in_progress", held["pre_conference_at"])
        visit = await school.record()
        held = ok(await step(http, "post-conference", visit, notes="What she heard."))
        path = f"/v1/observations/{held['id']}"
        shared = ok(await http.patch(path, json={"state": "shared"}, headers={"If-Match": '"2"'}))
        assert (shared["state"], shared["post_conference_at"]) == ("shared", held["post_conference_at"])


def without(body, *names):
    return {name: value for name, value in body.items() if name not in names}

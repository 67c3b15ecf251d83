"""What a district's policy makes of an observation, the two consents, another observer, the history, the reports."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.observations.observations.rules import CompletionMode, ObservationType
from shared import clock
from shared.clock import new_id, now
from tests.observations.scenes import a_school, ok, pointers, refused, step

POLICY = {
    "types": {
        "walkthrough": {"completion": "simple"},
        "peer": {"completion": "creator_managed"},
        "formal": {"pre_conference": True, "post_conference": True},
    },
    "feedback_clock": {"unit": "hours", "amount": 24},
    "read_within_days": 3,
}


async def govern(school, if_match=None, **changes):
    async with school.acting("superintendent") as http:
        headers = {"If-Match": if_match} if if_match else {}
        return ok(
            await http.put("/v1/observation-policy", json=POLICY | changes, headers=headers), 200 if if_match else 201
        )


async def test_a_district_without_a_policy_has_the_deployments(school):
    async with school.acting("teacher") as http:
        found = ok(await http.get("/v1/observation-policy"))
    assert (found["version"], found["feedback_clock"]) == (0, {"unit": "hours", "amount": 48})
    assert {said["completion"] for said in found["types"].values()} == {"formal"}
    assert len(found["types"]) == 7


async def test_who_leads_the_district_says_how_it_observes(school):
    async with school.acting("principal") as http:
        refused(await http.put("/v1/observation-policy", json=POLICY), 403)
    made = await govern(school)
    assert made["types"]["walkthrough"]["completion"] == "simple"
    async with school.acting("superintendent") as http:
        assert ok(await http.put("/v1/observation-policy", json=POLICY))["version"] == 1
        refused(await http.put("/v1/observation-policy", json=POLICY | {"read_within_days": 9}), 428)
    assert (await govern(school, '"1"', read_within_days=9))["version"] == 2
    assert [event["type"] for event in await school.events("observation_policy")] == ["observation_policy.changed"] * 2


async def test_a_record_keeps_what_held_when_it_was_made(school):
    """This process knows the policy already; the statement that records sees that it moved on."""
    before = await school.record(state="in_progress")
    await govern(school)
    after = await school.record(type="walkthrough", state="in_progress")
    assert (before["completion"], after["completion"]) == ("formal", "simple")
    async with school.acting("principal") as http:
        submitted = refused(await http.post("/v1/observations", json=school.visit(type="walkthrough")), 422)
        assert pointers(submitted) == ["#/state"]
        assert ok(await step(http, "submit", before))["state"] == "submitted"
        assert refused(await step(http, "submit", after), 409)["possible"] == [
            "post-conference", "lock", "reassign", "cancel",
        ]  # fmt: skip
        locked = ok(await step(http, "lock", after))
    assert (locked["state"], locked["shared_at"]) == ("locked", locked["locked_at"])
    assert locked["feedback_due_at"] is not None
    read = await school.move("read", "teacher", locked)
    assert read["content"]["feedback"]["body"] == "You asked five open questions."


async def test_a_creator_manages_what_was_shared(school):
    await govern(school)
    await school.staff.person("colleague", ("works_at", school.id))
    made = await school.record("colleague", type="peer", state="shared")
    async with school.acting("colleague") as http:
        path, etag = f"/v1/observations/{made['id']}", {"If-Match": '"1"'}
        for gone in ({"feedback": None}, {"feedback": {"evidence": []}}):
            refused(await http.patch(path, json=gone, headers=etag), 409, "feedback-without-evidence")
        changed = ok(await http.patch(path, json={"feedback": {"next_steps": []}}, headers=etag))
        assert (changed["state"], changed["content"]["feedback"]["next_steps"]) == ("shared", [])
        assert "lock" not in refused(await step(http, "lock", changed), 409)["possible"]
        assert ok(await step(http, "archive", changed))["archived_at"]


async def test_conferences_stand_around_the_visit(school):
    await govern(school)
    plan = school.plan(type="formal", announced=True)
    async with school.acting("principal") as http:
        made = ok(await http.post("/v1/observations", json=plan), 201)
        assert made["needs_pre_conference"]
        refused(await step(http, "start", made), 409, "conference-missing")
        met = ok(await step(http, "pre-conference", made, notes="We look at talk."))
        started = ok(await step(http, "start", met))
        content = {name: school.visit()[name] for name in ("script", "scores", "look_fors")}
        content["feedback"] = {"body": "Five questions.", "evidence": [content["script"][0]["id"]], "next_steps": []}
        path = f"/v1/observations/{made['id']}"
        written = ok(await http.patch(path, json=content, headers={"If-Match": f'"{started["version"]}"'}))
        shared = ok(await step(http, "share", ok(await step(http, "submit", written))))
    read = await school.move("read", "teacher", shared)
    async with school.acting("principal") as http:
        refused(await step(http, "lock", read), 409, "conference-missing")
        met = ok(await step(http, "post-conference", read, notes="Wait longer."))
        locked = ok(await step(http, "lock", met))
    assert locked["content"]["conferences"] == {"pre_conference": "We look at talk.", "post_conference": "Wait longer."}


async def locked_by_both(school):
    shared = await school.record(state="shared")
    return await school.move("lock", "principal", await school.move("read", "teacher", shared))


async def test_unlocking_needs_the_other_side(school):
    locked = await locked_by_both(school)
    path = f"/v1/observations/{locked['id']}"
    async with school.acting("principal") as http:
        refused(await http.patch(path, json={"scores": []}, headers={"If-Match": '"3"'}), 409, "observation-locked")
        refused(await step(http, "unlock", locked), 409, "move-refused")
    asked = await school.move("ask-unlock", "teacher", locked, reason="The wrong class.")
    assert (asked["unlock_asked_by"], asked["content"]["reason"]) == ("observed", "The wrong class.")
    async with school.acting("teacher") as http:
        refused(await step(http, "unlock", asked), 403, "not-your-side")
    async with school.acting("colleague") as http:
        refused(await step(http, "unlock", asked), 404)
    async with school.acting("principal") as http:
        opened = ok(await step(http, "unlock", asked))
        assert (opened["state"], opened["unlock_asked_by"]) == ("unlocked", None)
        klass = str(new_id())
        changed = ok(await http.patch(path, json={"class_id": klass}, headers={"If-Match": f'"{opened["version"]}"'}))
        assert (changed["state"], changed["class_id"]) == ("unlocked", klass)
        ok(await step(http, "lock", changed))


async def test_what_was_locked_is_frozen_and_superseded_by_number(school):
    locked = await locked_by_both(school)
    path = f"/v1/observations/{locked['id']}"
    async with school.acting("principal") as http:
        first = ok(await http.get(f"{path}/reports/1"))
        asked = ok(await step(http, "ask-unlock", locked, reason="A slip."))
    opened = await school.move("unlock", "teacher", asked)
    async with school.acting("principal") as http:
        etag = {"If-Match": f'"{opened["version"]}"'}
        await step(http, "lock", ok(await http.patch(path, json={"look_fors": []}, headers=etag)))
        again, second = ok(await http.get(f"{path}/reports/1")), ok(await http.get(f"{path}/reports/2"))
        listed = ok(await http.get(f"{path}/reports"))["data"]
        refused(await http.get(f"{path}/reports/3"), 404)
    assert (first["superseded_by"], again["superseded_by"], second["superseded_by"]) == (None, 2, None)
    assert again["content"] == first["content"]
    assert (len(first["content"]["look_fors"]), "look_fors" in second["content"]) == (2, False)
    assert "response" not in first["content"]
    assert [one["sha256"] for one in listed] == [first["sha256"], second["sha256"]]
    async with school.acting("superintendent") as http:
        refused(await http.get(f"{path}/reports/1"), 404)


async def test_a_report_is_made_where_a_locked_one_comes_in_whole(school):
    await govern(school)
    items = [school.visit(type="walkthrough", state="locked") for _ in range(3)]
    async with school.acting("principal") as http:
        ok(await http.post("/v1/observations", json=items[0]), 201)
        batch = ok(await http.post("/v1/observations/batch", json={"items": items}))["data"]
        assert [outcome["status"] for outcome in batch] == [200, 201, 201]
        for item in items:
            assert ok(await http.get(f"/v1/observations/{item['id']}/reports/1"))["content"]["state"] == "locked"


async def test_another_observer_goes_on_with_all_of_it(school):
    made = await school.record("coach", state="in_progress")
    async with school.acting("coach") as http:
        refused(await step(http, "reassign", made, observer_id=str(school.staff["stranger"])), 403)
        refused(await step(http, "reassign", made, observer_id=str(new_id())), 422)
    second = await school.staff.person("second", ("coaches", school.staff["teacher"]))
    async with school.acting("principal") as http:
        to_herself = await step(http, "reassign", made, observer_id=str(school.staff["principal"]))
        refused(to_herself, 403, "kept-from-you")
        moved = ok(await step(http, "reassign", made, observer_id=str(second)))
    assert (moved["observer_id"], moved["content"]) == (str(second), None)
    async with school.acting("coach") as http:
        refused(await step(http, "submit", moved), 404)
    after = await school.move("submit", "second", moved)
    assert (after["state"], after["content"]["script"]) == ("submitted", made["content"]["script"])


async def test_every_change_can_be_read(school):
    made = await school.record(state="in_progress")
    path = f"/v1/observations/{made['id']}"
    fewer = made["content"]["scores"][:2]
    async with school.acting("principal") as http:
        noted = ok(await http.patch(path, json={"scores": fewer}, headers={"If-Match": '"1"'}))
        shared = ok(await step(http, "share", ok(await step(http, "submit", noted))))
    await school.move("respond", "teacher", shared, text="I see it otherwise.", kind="rebuttal")
    async with school.acting("principal") as http:
        changes = ok(await http.get(f"{path}/history"))["data"]
    assert [(one["version"], one["what"]) for one in changes] == [
        (2, "changed"), (3, "submitted"), (4, "shared"), (5, "responded"),
    ]  # fmt: skip
    (scores,) = changes[0]["changes"]
    assert (scores["field"], scores["before"], scores["after"]) == ("scores", made["content"]["scores"], fewer)
    assert {"field": "response_kind", "before": None, "after": "rebuttal"} in changes[3]["changes"]
    assert changes[3]["person_id"] == str(school.staff["teacher"])
    async with school.acting("teacher") as http:
        seen = [one["changes"] is not None for one in ok(await http.get(f"{path}/history"))["data"]]
    assert seen == [False, False, True, True], "a draft is its author's"
    async with school.acting("superintendent") as http:
        assert {one["changes"] for one in ok(await http.get(f"{path}/history"))["data"]} == {None}


@pytest.mark.parametrize("subject", ["coach", "facilitator", "leader"])
async def test_whoever_leads_or_coaches_is_observed_by_the_same_rules(school, subject):
    """By who leads above; a teacher who is assigned nowhere is still refused."""
    await school.staff.person("observed", ("works_at", school.id))
    at = {"teacher_id": str(school.staff["observed"])}
    async with school.acting("superintendent") as http:
        refused(await http.post("/v1/observations", json=school.visit(**at)), 422, "teaches-elsewhere")
    made = await school.record("superintendent", subject=subject, state="shared", **at)
    answered = await school.move("respond", "observed", made, text="Thank you.")
    assert (answered["subject"], answered["lane"], answered["state"]) == (subject, "support", "shared")


async def test_a_coach_and_a_facilitator_of_the_roster_are_observed_and_get_feedback_that_is_counted(district):
    """All of it through HTTP: a position, a role of leadership, the visits, the target, the rate."""
    school = await a_school(district)
    place, day, people = str(school.id), str(now().date()), {}
    async with school.acting() as http:
        for org, kind, above in ((str(school.staff.org), "district", None), (place, "school", str(school.staff.org))):
            body = {"name": kind, "type": kind, "parent_id": above, "external_ids": {}}
            ok(await http.put(f"/v1/orgs/{org}", json=body), 201)
        for name in ("Cy", *(f"F{n}" for n in range(5))):
            person = people[name] = str(new_id())
            body = {"given_name": name, "family_name": "Byron", "external_ids": {}}
            ok(await http.put(f"/v1/people/{person}", json=body), 201)
            held = {"person_id": person, "org_id": place, "begin_date": "2026-08-01"}
            if name == "Cy":
                body = held | {"position": "instructional_coordinator"}
                ok(await http.put(f"/v1/staff-assignments/{new_id()}", json=body), 201)
            else:
                body = held | {"role": "facilitator", "kind": "informal", "state": "active"}
                ok(await http.put(f"/v1/role-grants/{new_id()}", json=body), 201)
    await district.stack.settle()
    async with school.acting("superintendent") as http:
        refused(await http.post("/v1/observations", json=school.visit(teacher_id=people["Cy"])), 422)
    made = await school.record("superintendent", teacher_id=people["Cy"], subject="coach", state="shared")
    for name in ("F0", "F1", "F1"):
        made = await school.record("principal", teacher_id=people[name], subject="facilitator", state="shared")
    school.staff.people["F1"] = UUID(people["F1"])
    assert (await school.move("respond", "F1", made, text="Thank you."))["state"] == "shared"
    async with school.acting("principal") as http:
        target = {"teacher_id": people["F1"], "school_id": place, "every_days": 14, "begin_date": "2026-08-01"}
        for subject, given in (("facilitator", 1), ("coach", 0), (None, 1)):
            body = target | {"subject": subject}
            assert ok(await http.put(f"/v1/feedback-targets/{new_id()}", json=body), 201)["given"] == given * 2
        query = {"begin_date": day, "end_date": day}
        rates = {
            subject: ok(await http.get("/v1/feedback-rates", params=query | {"subject": subject}))
            for subject in ("coach", "facilitator", "leader")
        }
    rate = rates["facilitator"]["data"][0]
    assert (rate["n"], rate["total"]["events"], rates["facilitator"]["total"]["n"]) == (5, 3, 5)
    so_far = {name: (rate[name]["events"], rate[name]["value"]) for name in ("read", "responded", "followed_up")}
    assert so_far == {"read": (1, 1 / 3), "responded": (1, 1 / 3), "followed_up": (0, 0)}
    assert rate["responded"]["interval"]["low"] < 1 / 3 < rate["responded"]["interval"]["high"]
    assert rates["coach"]["data"][0]["reason"] == "below_minimum_n"
    assert rates["leader"]["total"]["suppressed"]


ENDINGS = {
    CompletionMode.FORMAL: ("submit", "post-conference", "share", "read", "lock"),
    CompletionMode.SIMPLE: ("post-conference", "lock"),
    CompletionMode.CREATOR_MANAGED: ("post-conference", "share"),
}


@pytest.mark.parametrize("completion", list(CompletionMode))
async def test_every_type_is_completed_in_every_mode(school, completion):
    """From its pre-conference to its end, with the conferences that the policy gives it."""
    said = {"completion": completion.value, "pre_conference": True, "post_conference": True}
    await govern(school, types={kind.value: said for kind in ObservationType})
    content = {name: school.visit()[name] for name in ("script", "look_fors")}
    content["feedback"] = {"body": "Seen.", "evidence": [content["script"][0]["id"]], "next_steps": []}
    ended = {}
    for kind in ObservationType:
        who = "teacher" if kind is ObservationType.SELF else "principal"
        async with school.acting(who) as http:
            made = ok(await http.post("/v1/observations", json=school.plan(type=kind.value)), 201)
            for move in ("pre-conference", "start"):
                made = ok(await step(http, move, made))
            path = f"/v1/observations/{made['id']}"
            made = ok(await http.patch(path, json=content, headers={"If-Match": "*"}))
        for move in ENDINGS[completion]:
            made = await school.move(move, "teacher" if move == "read" else who, made)
        ended[made["type"]] = made["state"]
    assert ended == dict.fromkeys(ObservationType, "shared" if completion == "creator_managed" else "locked")


async def test_the_lane_is_said_when_it_is_made(school):
    async with school.acting("principal") as http:
        for changes in (
            {"purpose": "coaching", "lane": "accountability"},
            {"purpose": "evaluation", "lane": "support"},
        ):
            refusal = refused(await http.post("/v1/observations", json=school.visit(**changes)), 422)
            assert pointers(refusal) == ["#/lane"]
        walk = ok(await http.post("/v1/observations", json=school.visit(purpose="walk", lane="accountability")), 201)
        assert walk["lane"] == "accountability"
        made = ok(await http.post("/v1/observations", json=school.visit(purpose="evaluation")), 201)
        assert made["lane"] == "accountability"
        there = await http.patch(
            f"/v1/observations/{made['id']}", json={"lane": "support"}, headers={"If-Match": '"1"'}
        )
        assert pointers(refused(there, 422)) == ["#/lane"]


async def test_a_server_whose_clock_is_behind_goes_on_with_what_another_began(school, monkeypatch):
    """Nobody who asks can mend that: a step then has the time of the one that it follows."""
    monkeypatch.setattr(clock, "_offset", timedelta(minutes=10))
    shared = await school.record(state="shared")
    monkeypatch.setattr(clock, "_offset", timedelta())
    read = await school.move("read", "teacher", shared)
    answered = await school.move("respond", "teacher", read, text="I shall wait longer.")
    assert answered["responded_at"] == read["read_at"] == shared["shared_at"]

"""A coaching cycle over HTTP: the pair works, others see that it happens, nobody else what is said."""

from uuid import UUID

import pytest

from shared.clock import new_id
from shared.testing.stack import District
from shared.testing.staff import Staff, small_staff

PHASES = [
    {"key": "identify", "name": "Identify", "next": ["learn"]},
    {"key": "learn", "name": "Learn", "next": ["improve"]},
    {"key": "improve", "name": "Improve", "next": ["improve", "identify"]},
]


@pytest.fixture
async def staff(district: District) -> Staff:
    return await small_staff(district)


async def request_cycle(staff: Staff, **more: object) -> tuple[UUID, str]:
    """The teacher asks for coaching; give the cycle's id and ETag."""
    model, cycle = new_id(), new_id()
    async with staff.district.client() as http:
        made = await http.put(f"/v1/cycle-models/{model}", json={"name": "Impact Cycle", "phases": PHASES})
        assert made.status_code == 201, made.text
    body = {
        "model_id": str(model), "coachee_id": str(staff["teacher"]), "org_id": str(staff.schools[0]),
        "focus": "wait time", "goal": {"statement": "I wait three seconds", "baseline": 0.2, "target": 0.8},
    } | more  # fmt: skip
    async with staff.district.client(staff["teacher"]) as http:
        answer = await http.put(f"/v1/coaching-cycles/{cycle}", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == ("matched" if "coach_id" in more else "requested")
    return cycle, answer.headers["ETag"]


async def act(staff: Staff, who: str, cycle: UUID, verb: str, etag: str | None, body: object = None):
    headers = {"If-Match": etag} if etag else {}
    async with staff.district.client(staff[who]) as http:
        return await http.post(f"/v1/coaching-cycles/{cycle}/{verb}", json=body or {}, headers=headers)


async def test_a_cycle_from_request_to_goal_met(staff: Staff) -> None:
    practice = str(new_id())
    cycle, etag = await request_cycle(staff, look_for_id=practice)
    matched = await act(staff, "principal", cycle, "match", etag, {"coach_id": str(staff["coach"])})
    assert matched.json()["state"] == "matched"
    active = await act(staff, "coach", cycle, "activate", matched.headers["ETag"])
    assert (active.json()["state"], active.json()["phase"]) == ("active", "identify")
    refused = await act(staff, "coach", cycle, "advance", active.headers["ETag"], {"phase": "improve"})
    assert (refused.status_code, refused.json()["possible"]) == (409, ["learn"])
    moved = await act(staff, "coach", cycle, "advance", active.headers["ETag"], {"phase": "learn"})
    assert moved.json()["phase"] == "learn"
    async with staff.district.client(staff["coach"]) as http:
        session = {
            "cycle_id": str(cycle),
            "type": "plan",
            "held_at": "2026-01-05T15:00:00Z",
            "minutes": 30,
            "notes": "x",
        }
        held = await http.put(f"/v1/coaching-sessions/{new_id()}", json=session)
        assert held.status_code == 201, held.text
        step = await http.put(f"/v1/action-steps/{new_id()}", json={"cycle_id": str(cycle), "what": "count to three"})
        assert step.status_code == 201
        now = await http.get(f"/v1/coaching-cycles/{cycle}")
    done = await act(staff, "coach", cycle, "complete", now.headers["ETag"], {"outcome": "goal_met"})
    assert (done.json()["state"], done.json()["outcome"], done.json()["look_for_id"]) == (
        "completed", "goal_met", practice,
    )  # fmt: skip
    async with staff.district.client(staff["principal"]) as http:
        seen = (await http.get(f"/v1/coaching-cycles/{cycle}")).json()
    assert (seen["state"], seen["outcome"], seen["look_for_id"]) == ("completed", None, None)
    late = await act(staff, "coach", cycle, "pause", done.headers["ETag"])
    assert (late.status_code, late.json()["possible"]) == (409, [])


async def test_content_is_for_the_pair(staff: Staff) -> None:
    cycle, _ = await request_cycle(staff, coach_id=str(staff["coach"]))
    async with staff.district.client(staff["coach"]) as http:
        session = {
            "cycle_id": str(cycle),
            "type": "plan",
            "held_at": "2026-01-05T15:00:00Z",
            "minutes": 30,
            "notes": "x",
        }
        await http.put(f"/v1/coaching-sessions/{new_id()}", json=session)
        await http.put(f"/v1/action-steps/{new_id()}", json={"cycle_id": str(cycle), "what": "count to three"})
    seen = {}
    for who in ("teacher", "coach", "principal", "superintendent", "colleague", "stranger", None):
        async with staff.district.client(staff[who] if who else None) as http:
            one = await http.get(f"/v1/coaching-cycles/{cycle}")
            sessions = (await http.get("/v1/coaching-sessions")).json()["data"]
            steps = (await http.get("/v1/action-steps")).json()["data"]
        content = one.json().get("content") is not None if one.status_code == 200 else None
        seen[who] = (one.status_code, content, [s["notes"] for s in sessions], len(steps))
    assert seen == {
        "teacher": (200, True, ["x"], 1),
        "coach": (200, True, ["x"], 1),
        "principal": (200, False, [None], 0),
        "superintendent": (200, False, [None], 0),
        "colleague": (404, None, [], 0),
        "stranger": (404, None, [], 0),
        None: (200, False, [None], 0),
    }


async def test_who_looked_at_a_session_or_a_step_is_on_record(staff: Staff) -> None:
    cycle, etag = await request_cycle(staff)
    matched = await act(staff, "principal", cycle, "match", etag, {"coach_id": str(staff["coach"])})
    await act(staff, "coach", cycle, "activate", matched.headers["ETag"], {})
    session, step = new_id(), new_id()
    held = {"cycle_id": str(cycle), "type": "plan", "held_at": "2026-01-05T15:00:00Z", "minutes": 30}
    async with staff.district.client(staff["coach"]) as http:
        put = await http.put(f"/v1/coaching-sessions/{session}", json=held)
        assert put.status_code == 201, put.text
        put = await http.put(f"/v1/action-steps/{step}", json={"cycle_id": str(cycle), "what": "count to three"})
        assert put.status_code == 201, put.text
    async with staff.district.client(staff["teacher"]) as http:
        assert (await http.get(f"/v1/coaching-sessions/{session}")).status_code == 200
        assert (await http.get(f"/v1/action-steps/{step}")).status_code == 200
    async with staff.district.client() as http:
        rows = (await http.get("/v1/audit-events/coaching", params={"person_id": str(staff["teacher"])})).json()["data"]
    looked = [(row["action"], row["entity_id"]) for row in rows if row["action"].endswith(".viewed")]
    assert looked == [("coaching_session.viewed", str(session)), ("action_step.viewed", str(step))]


async def test_who_may_do_what(staff: Staff) -> None:
    cycle, etag = await request_cycle(staff)
    by_teacher = await act(staff, "teacher", cycle, "match", etag, {"coach_id": str(staff["coach"])})
    assert by_teacher.status_code == 403
    itself = await act(staff, "principal", cycle, "match", etag, {"coach_id": str(staff["teacher"])})
    assert itself.status_code == 422
    blind = await act(staff, "principal", cycle, "match", None, {"coach_id": str(staff["coach"])})
    assert blind.status_code == 428
    stale = await act(staff, "principal", cycle, "match", '"99"', {"coach_id": str(staff["coach"])})
    assert stale.status_code == 412
    past = await act(staff, "principal", cycle, "withdraw", etag, {"at": "2090-01-01T00:00:00Z"})
    assert past.status_code == 422
    async with staff.district.client(staff["principal"]) as http:
        session = {"cycle_id": str(cycle), "type": "plan", "held_at": "2026-01-05T15:00:00Z", "minutes": 30}
        assert (await http.put(f"/v1/coaching-sessions/{new_id()}", json=session)).status_code == 403
    async with staff.district.client(staff["colleague"]) as http:
        body = {"model_id": str(new_id()), "coachee_id": str(staff["teacher"]), "org_id": str(staff.schools[0])}
        assert (await http.put(f"/v1/coaching-cycles/{new_id()}", json=body)).status_code in {403, 422}


async def test_a_model_that_cannot_be_walked_is_refused(district: District) -> None:
    async with district.client() as http:
        phases = [{"key": "a", "name": "A", "next": ["b"]}, {"key": "c", "name": "C"}]
        answer = await http.put(f"/v1/cycle-models/{new_id()}", json={"name": "M", "phases": phases})
    assert answer.status_code == 422
    assert "leads to b" in answer.text

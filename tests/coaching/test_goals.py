"""Visions and goals over HTTP: the tree, its orphans, who sees and changes what, and what the feed says of it."""

from uuid import UUID

import orjson
import pytest

from shared.clock import new_id
from shared.testing.stack import District
from shared.testing.staff import Staff, small_staff


@pytest.fixture
async def staff(district: District) -> Staff:
    return await small_staff(district)


def goal(staff: Staff, level: str = "school", **more: object) -> dict[str, object]:
    org = staff.org if level == "district" else staff.schools[0]
    return {"level": level, "org_id": str(org), "domain": "instruction", "title": "More talk that teaches"} | more


async def put(staff: Staff, body: dict[str, object], who: str | None = None, kind: str = "goals", **headers: str):
    row = new_id()
    async with staff.district.client(staff[who] if who else None) as http:
        return row, await http.put(f"/v1/{kind}/{row}", json=body, headers=headers)


async def made(staff: Staff, level: str = "school", who: str | None = None, **more: object) -> UUID:
    row, answer = await put(staff, goal(staff, level, **more), who)
    assert answer.status_code == 201, answer.text
    return row


async def vision(staff: Staff) -> UUID:
    body = {"org_id": str(staff.org), "statement": "Every learner", "domains": ["leadership", "curriculum"]}
    row, answer = await put(staff, body, kind="visions")
    assert answer.status_code == 201, answer.text
    return row


async def act(staff: Staff, path: str, etag: str = "*", who: str | None = None):
    async with staff.district.client(staff[who] if who else None) as http:
        return await http.post(path, headers={"If-Match": etag})


async def listed(staff: Staff, who: str | None = None, **query: str) -> set[UUID]:
    async with staff.district.client(staff[who] if who else None) as http:
        answer = await http.get("/v1/goals", params=query)
    assert answer.status_code == 200, answer.text
    return {UUID(row["id"]) for row in answer.json()["data"]}


async def test_a_vision_is_written_read_changed_and_archived(staff: Staff) -> None:
    row = await vision(staff)
    async with staff.district.client(staff["teacher"]) as http:
        read = await http.get(f"/v1/visions/{row}")
        assert read.json()["domains"] == ["curriculum", "leadership"]  # in the order of the practices
        refused = await http.patch(f"/v1/visions/{row}", json={"statement": "Mine"}, headers={"If-Match": "*"})
        assert refused.status_code == 403
    async with staff.district.client(staff["superintendent"]) as http:
        patch = {"domains": ["instruction"]}
        assert (await http.patch(f"/v1/visions/{row}", json=patch)).status_code == 428
        changed = await http.patch(f"/v1/visions/{row}", json=patch, headers={"If-Match": read.headers["ETag"]})
        assert (changed.json()["domains"], changed.json()["statement"]) == (["instruction"], "Every learner")
        empty = await http.patch(f"/v1/visions/{row}", json={"domains": []}, headers={"If-Match": "*"})
        assert (empty.status_code, empty.json()["errors"][0]["pointer"]) == (422, "#/domains")
        archived = await http.post(f"/v1/visions/{row}/archive", headers={"If-Match": changed.headers["ETag"]})
        assert archived.json()["archived_at"]
        assert (await http.get("/v1/visions")).json()["data"] == []
        of_org = await http.get("/v1/visions", params={"archived": "only", "org_id": str(staff.org)})
        assert [v["id"] for v in of_org.json()["data"]] == [str(row)]


async def test_put_keeps_the_promises_of_every_resource(staff: Staff) -> None:
    body = goal(staff, description="Why", baseline=0.2, target=0.6, unit="share", due_date="2026-06-30")
    row, created = await put(staff, body, "principal")
    assert (created.status_code, created.json()["state"]) == (201, "draft")
    async with staff.district.client(staff["principal"]) as http:
        same = await http.put(f"/v1/goals/{row}", json=body, headers={"If-Match": '"77"'})
        assert (same.status_code, same.headers["ETag"]) == (200, created.headers["ETag"])
        other = body | {"title": "Less"}
        assert (await http.put(f"/v1/goals/{row}", json=other)).status_code == 428
        stale = await http.put(f"/v1/goals/{row}", json=other, headers={"If-Match": '"77"'})
        assert stale.status_code == 412
        fresh = await http.put(f"/v1/goals/{row}", json=other, headers={"If-Match": created.headers["ETag"]})
        assert (fresh.status_code, fresh.json()["title"]) == (200, "Less")
        patched = await http.patch(
            f"/v1/goals/{row}", json={"description": None, "target": 0.7}, headers={"If-Match": fresh.headers["ETag"]}
        )
        assert (patched.json()["description"], patched.json()["target"]) == (None, 0.7)
        assert (await http.get(f"/v1/goals/{row}")).json() == patched.json()


async def test_a_goal_moves_by_its_actions_and_a_refused_move_names_the_possible_ones(staff: Staff) -> None:
    row = await made(staff, who="principal")
    refused = await act(staff, f"/v1/goals/{row}/meet")
    assert (refused.status_code, refused.json()["possible"]) == (409, ["activate", "drop"])
    active = await act(staff, f"/v1/goals/{row}/activate", who="principal")
    assert active.json()["state"] == "active"
    assert (await act(staff, f"/v1/goals/{row}/meet", '"1"')).status_code == 412
    met = await act(staff, f"/v1/goals/{row}/meet", active.headers["ETag"])
    assert met.json()["state"] == "met"
    assert (await act(staff, f"/v1/goals/{row}/activate", met.headers["ETag"])).json()["state"] == "active"
    assert (await act(staff, f"/v1/goals/{row}/drop")).json()["state"] == "dropped"
    assert await listed(staff, state="dropped") == {row}


async def test_a_goal_hangs_on_one_of_a_level_above(staff: Staff) -> None:
    district_goal = await made(staff, "district")
    school_goal = await made(staff, parent_id=str(district_goal))
    own = await made(staff, "individual", owner_id=str(staff["teacher"]), parent_id=str(school_goal))
    for level, parent in (("district", district_goal), ("school", own), ("school", school_goal)):
        _, answer = await put(staff, goal(staff, level, parent_id=str(parent)))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/parent_id")
    for body, pointer in (
        (goal(staff, parent_id=str(new_id())), "#/parent_id"),
        (goal(staff, "district", vision_id=str(new_id())), "#/vision_id"),
        (goal(staff, org_id=str(new_id())), "#/org_id"),
        (goal(staff, owner_id=str(new_id())), "#/owner_id"),
        (goal(staff, "individual"), "#/owner_id"),
    ):
        _, answer = await put(staff, body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    async with staff.district.client() as http:
        moved = await http.patch(f"/v1/goals/{school_goal}", json={"level": "district"}, headers={"If-Match": "*"})
    assert (moved.status_code, moved.json()["type"]) == (409, "urn:throughline:problem:goal-level-fixed")
    assert await listed(staff, parent_id=str(school_goal)) == {own}


async def test_what_hangs_nowhere_is_found(staff: Staff) -> None:
    top = await vision(staff)
    held = await made(staff, "district", vision_id=str(top))
    loose = await made(staff, "district")
    under_held = await made(staff, parent_id=str(held))
    under_loose = await made(staff, parent_id=str(loose))
    lost = await made(staff)
    assert await listed(staff, orphan="true") == {loose, lost}
    assert await listed(staff, orphan="false") == {held, under_held, under_loose}
    await act(staff, f"/v1/goals/{loose}/drop")
    assert await listed(staff, orphan="true") == {loose, lost, under_loose}
    await act(staff, f"/v1/goals/{held}/archive")
    await act(staff, f"/v1/visions/{top}/archive")
    assert await listed(staff, orphan="true") == {loose, lost, under_loose, under_held}
    assert await listed(staff, orphan="true", archived="only") == {held}


async def test_goals_are_seen_by_those_whom_they_concern(staff: Staff) -> None:
    await staff.person("head", ("leads", staff.schools[1]))
    district_goal, school_goal = await made(staff, "district"), await made(staff)
    own = await made(staff, "individual", who="teacher", owner_id=str(staff["teacher"]))
    everything = {district_goal, school_goal, own}
    expected = {
        None: everything,
        "superintendent": everything,
        "principal": everything,
        "coach": everything,
        "teacher": everything,
        "colleague": {district_goal, school_goal},
        "stranger": {district_goal},
        "head": {district_goal},
    }
    assert {who: await listed(staff, who) for who in expected} == expected
    async with staff.district.client(staff["stranger"]) as http:
        assert (await http.get(f"/v1/goals/{own}")).status_code == 404
        assert (await http.put(f"/v1/goals/{own}", json=goal(staff))).status_code == 404
        assert (await http.patch(f"/v1/goals/{school_goal}", json={"title": "x"})).status_code == 404


async def test_who_evaluates_sees_no_goal_of_growth(staff: Staff) -> None:
    await staff.person("evaluator", ("evaluates", staff["teacher"]))
    await made(staff, "individual", who="teacher", owner_id=str(staff["teacher"]))
    assert await listed(staff, "evaluator") == set()


async def test_goals_are_changed_by_those_whose_they_are(staff: Staff) -> None:
    for who, body in (
        ("principal", goal(staff, "district")),
        ("teacher", goal(staff)),
        ("teacher", goal(staff, "individual", owner_id=str(staff["colleague"]))),
        ("coach", goal(staff, "individual", owner_id=str(staff["colleague"]))),
        ("principal", goal(staff, "individual", owner_id=str(staff["stranger"]))),
    ):
        _, answer = await put(staff, body, who)
        assert answer.status_code == 403, (who, body)
    for who in ("teacher", "coach", "principal"):
        own = await made(staff, "individual", who=who, owner_id=str(staff["teacher"]))
        async with staff.district.client(staff["teacher"]) as http:
            given_away = await http.patch(
                f"/v1/goals/{own}", json={"owner_id": str(staff["colleague"])}, headers={"If-Match": "*"}
            )
        assert given_away.status_code == 403
    school_goal = await made(staff)
    assert (await act(staff, f"/v1/goals/{school_goal}/activate", who="teacher")).status_code == 403
    assert (await act(staff, f"/v1/goals/{school_goal}/archive", who="teacher")).status_code == 403


async def test_the_feed_carries_the_state_of_every_change(staff: Staff) -> None:
    row = await made(staff)
    await act(staff, f"/v1/goals/{row}/activate")
    await act(staff, f"/v1/goals/{row}/activate")  # refused: no event
    await act(staff, f"/v1/goals/{row}/archive")
    await act(staff, f"/v1/goals/{row}/archive")  # done already: no event
    database = staff.district.stack.runtimes["coaching"].database
    async with database.transaction(staff.district.id) as connection:
        payloads = await connection.fetch("select payload from coaching.outbox where entity_id = $1 order by seq", row)
    events = [orjson.loads(payload["payload"]) for payload in payloads]
    assert {event["type"] for event in events} == {"goal.changed"}
    states = [(e["data"]["version"], e["data"]["state"], e["data"]["archived"]) for e in events]
    assert states == [(1, "draft", False), (2, "active", False), (3, "active", True)]
    assert events[1]["changed"] == ["state"]


async def test_another_districts_goals_do_not_exist(staff: Staff, other_district: District) -> None:
    row = await made(staff)
    async with other_district.client() as http:
        assert (await http.get(f"/v1/goals/{row}")).status_code == 404
        assert (await http.get("/v1/goals")).json()["data"] == []

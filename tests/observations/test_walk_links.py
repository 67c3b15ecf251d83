"""What a walk leads to: where its links start and since when, and that its debrief is not forgotten."""

from datetime import UTC, datetime
from uuid import UUID

from services.observations.walks.telling import tell_district
from shared.clock import new_id
from tests.observations.scenes import School, ok, pointers, refused
from tests.observations.test_walks import link, plan, stop, walk_to


async def test_a_pattern_informs_too_and_is_read_from_the_walk_and_from_what_it_informed(school: School) -> None:
    walk, cycle, activity = await walk_to(school, "shared"), str(new_id()), str(new_id())
    async with school.acting("coach") as http:
        patterns = ok(await http.get(f"/v1/learning-walks/{walk}"))["patterns"]
        assert ok(await http.get(f"/v1/learning-walks/{walk}/summary"))["patterns"] == patterns
    of_pattern = {"source_kind": "pattern", "source_id": patterns[0]["id"]}
    made = ok(await link(school, "coach", walk, **of_pattern, target_id=activity), 201)
    assert made["walk_id"] == str(walk)
    ok(await link(school, "coach", walk, **of_pattern, target_kind="coaching_cycle", target_id=cycle), 201)
    assert pointers(refused(await link(school, "coach", walk, source_kind="pattern"), 422)) == ["#/source_id"]
    refused(await link(school, "teacher", walk, **of_pattern), 403)
    firewall = refused(await link(school, "coach", walk, **of_pattern, target_kind="evaluation"), 422)
    assert pointers(firewall) == ["#/target_kind"]
    found = {}
    for who in ("coach", "teacher", "stranger"):
        async with school.acting(who) as http:
            for name, value in (("walk_id", walk), ("source_id", patterns[0]["id"]), ("target_id", activity)):
                rows = ok(await http.get("/v1/evidence-links", params={name: str(value)}))["data"]
                found[who, name] = len(rows)
    assert found == {
        ("coach", "walk_id"): 2, ("coach", "source_id"): 2, ("coach", "target_id"): 1, ("teacher", "walk_id"): 1,
        ("teacher", "source_id"): 1, ("teacher", "target_id"): 1, ("stranger", "walk_id"): 0,
        ("stranger", "source_id"): 0, ("stranger", "target_id"): 0,
    }  # fmt: skip


async def test_a_debrief_that_is_due_and_one_that_is_late_are_told_once_each(school: School) -> None:
    """Without a calendar school days are Monday to Friday: what began on a Thursday is due when Monday ends."""
    thursday = "2026-10-15T09:00:00Z"
    late, done = f"/v1/learning-walks/{new_id()}", f"/v1/learning-walks/{new_id()}"
    async with school.acting() as http:
        for path in (late, done):
            ok(await http.put(path, json=plan(school)), 201)
            for verb, body in (("schedule", {}), ("start", {"at": thursday})):
                ok(await http.post(f"{path}/{verb}", json=body, headers={"If-Match": "*"}))
        seen = stop(school, UUID(done[-36:]), True) | {"at": thursday}
        ok(await http.put(f"/v1/walk-stops/{new_id()}", json=seen), 201)
        said = {"patterns": [{"kind": "wonder", "statement": "Who speaks?"}]}
        ok(await http.post(f"{done}/debrief", json=said, headers={"If-Match": "*"}))
    database, told = school.district.stack.runtimes["observations"].database, []
    for day, hour in ((16, 12), (18, 23), (19, 1), (19, 23), (20, 0), (25, 0)):
        at = datetime(2026, 10, day, hour, tzinfo=UTC)
        told += [(day, hour)] * await tell_district(database, school.district.id, at)
    assert told == [(19, 1), (20, 0)]
    events = await school.events("learning_walk.debrief_", late[-36:])
    assert [event["type"] for event in events] == ["learning_walk.debrief_due", "learning_walk.debrief_overdue"]


async def test_a_link_says_since_when_it_is_one(school: School) -> None:
    walk, path = await walk_to(school, "debriefed"), f"/v1/evidence-links/{new_id()}"
    body = {"source_kind": "learning_walk", "source_id": str(walk), "target_kind": "pl_activity"}
    body |= {"target_id": str(new_id())}
    any_version = {"If-Match": "*"}
    async with school.acting() as http:
        started = ok(await http.get(f"/v1/learning-walks/{walk}"))["started_at"]
        first = ok(await http.put(path, json=body), 201)["linked_at"]
        for at in ("2026-11-19T12:00:00Z", "2999-01-01T00:00:00Z"):  # before the walk, and to come
            wrong = await http.put(path, json=body | {"linked_at": at}, headers=any_version)
            assert pointers(refused(wrong, 422)) == ["#/linked_at"]
        noted = ok(await http.put(path, json=body | {"note": "why"}, headers=any_version))
        told = ok(await http.put(path, json=body | {"linked_at": started}, headers=any_version))
        assert ok(await http.put(path, json=body | {"linked_at": started}))["version"] == told["version"]
        moved = ok(await http.put(path, json=body | {"target_id": str(new_id())}, headers=any_version))
    assert (noted["linked_at"], told["linked_at"]) == (first, started)
    assert moved["linked_at"] > first, "what it informs since now it did not before"
    async with school.district.client(token=await school.token("walks.write", "walks.read")) as http:
        early = await http.put(f"/v1/evidence-links/{new_id()}", json=body | {"linked_at": started})
        assert refused(early, 403)["scopes"] == ["backfill"]
        read = {name: moved[name] for name in (*body, "linked_at")}
        again = ok(await http.put(path, json=read | {"note": "as it was read"}, headers=any_version))
    assert again["linked_at"] == moved["linked_at"]

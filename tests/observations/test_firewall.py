"""Nothing crosses from coaching or a walk into an evaluation, by itself or by hand: it is one from the start."""

from datetime import timedelta
from typing import Any

from shared.clock import new_id, now
from tests.observations.scenes import School, iso, ok, pointers, refused
from tests.observations.test_walks import link, walk_to

EVALUATION = {"purpose": "evaluation", "type": "formal"}


async def to_evaluation(school: School, observation: dict[str, Any]) -> Any:
    return await link(
        school, "principal", observation["id"], source_kind="observation", target_kind="evaluation"
    )  # fmt: skip


async def test_an_evaluation_takes_only_what_was_announced_as_its_own(school: School) -> None:
    """'They promised that coaching stays out of my evaluation. Can the principal attach it anyway?'"""
    soon = iso(now() + timedelta(days=2))
    refusals = {
        "a coaching visit": await school.record(announced=True),
        "a walkthrough": await school.record(purpose="walk", type="walkthrough", announced=True),
        "research": await school.record(purpose="research", announced=True),
        "an evaluation that nobody announced": await school.record(**EVALUATION, announced=False),
        "one of which nothing was said": await school.record(**EVALUATION),
    }
    async with school.acting("principal") as http:
        visit = {name: school.visit()[name] for name in ("id", "teacher_id", "school_id", "framework_version_id")}
        planned = visit | EVALUATION | {"state": "scheduled", "scheduled_at": soon, "announced": True}
        refusals["one that has not begun"] = ok(await http.post("/v1/observations", json=planned), 201)
    for what, observation in refusals.items():
        answer = await to_evaluation(school, observation)
        assert pointers(refused(answer, 422)) == ["#/target_kind"], what
        assert answer.json()["errors"][0]["code"] == "firewall", what
    walk = await walk_to(school, "shared")
    assert pointers(refused(await link(school, "principal", walk, target_kind="evaluation"), 422)) == ["#/target_kind"]
    announced = await school.record(**EVALUATION, announced=True)
    assert (await to_evaluation(school, announced)).status_code == 201
    # Nobody else may say it, and a link to somewhere else does not become one to an evaluation.
    other = {"source_kind": "observation", "target_kind": "evaluation"}
    assert (await link(school, "superintendent", announced["id"], **other)).status_code == 403
    async with school.acting("principal") as http:
        path = f"/v1/evidence-links/{new_id()}"
        body = {"source_kind": "observation", "source_id": refusals["a coaching visit"]["id"], "note": None,
                "target_kind": "coaching_cycle", "target_id": str(new_id())}  # fmt: skip
        ok(await http.put(path, json=body), 201)
        turned = await http.put(path, json=body | {"target_kind": "evaluation"}, headers={"If-Match": '"1"'})
        assert pointers(refused(turned, 422)) == ["#/target_kind"]


async def test_what_it_is_for_and_whether_she_knew_is_settled_before_it_begins(school: School) -> None:
    """'He wrote afterwards that it had been announced, and that it was an evaluation.'"""
    begun = EVALUATION | {"state": "in_progress"}
    coached = await school.record(state="in_progress")
    unannounced = await school.record(**begun, announced=False)
    announced = await school.record(**begun, announced=True)
    async with school.acting("principal") as http:
        match = {"If-Match": '"1"'}
        for observation, change, pointer in (
            (coached, {"purpose": "evaluation"}, "#/purpose"),
            (unannounced, {"announced": True}, "#/announced"),
            (announced, {"announced": False}, "#/announced"),
        ):
            path = f"/v1/observations/{observation['id']}"
            assert pointer in str(refused(await http.patch(path, json=change, headers=match), 422)), change
            assert ok(await http.get(path))["version"] == 1
        # A coaching note is the observer's own to complete.
        ok(await http.patch(f"/v1/observations/{coached['id']}", json={"announced": True}, headers=match))

"""What a school agreed on: drafted, ratified for good, replaced by a later one, and seen by everybody once it holds."""

from typing import Any
from uuid import UUID

from shared.clock import new_id
from tests.observations.scenes import School, ok, pointers, refused


def agreed(school: School, **more: Any) -> dict[str, Any]:
    return {
        "org_id": str(school.id), "title": "We wait", "statement": "Three seconds of silence follow a question.",
        "framework_version_id": str(school.framework.version_id), "look_for_ids": [str(school.framework.look_fors[0])],
        "supersedes_id": None,
    } | more  # fmt: skip


async def put(school: School, row: UUID, body: dict[str, Any], who: str = "principal", **headers: str):
    async with school.acting(who) as http:
        return await http.put(f"/v1/agreements/{row}", json=body, headers=headers)


async def act(school: School, row: UUID, verb: str, who: str = "principal", **body: Any):
    async with school.acting(who) as http:
        return await http.post(f"/v1/agreements/{row}/{verb}", json=body, headers={"If-Match": "*"})


async def held(school: School, who: str = "stranger", **query: str) -> list[tuple[int, str]]:
    async with school.acting(who) as http:
        rows = ok(await http.get("/v1/agreements", params=query))["data"]
    return [(row["number"], row["state"]) for row in rows]


async def test_from_a_draft_to_the_one_that_takes_its_place(school: School) -> None:
    first, second = new_id(), new_id()
    ok(await put(school, first, agreed(school)), 201)
    assert (await held(school), await held(school, "teacher")) == ([], [(1, "draft")])
    changed = agreed(school, title="We wait, all of us")
    ok(await put(school, first, changed, **{"If-Match": '"1"'}))
    made = ok(await act(school, first, "ratify", ratified_on="2026-09-01", decision_ref="ILT 2026-09-01, 3"))
    assert (made["state"], made["ratified_on"], made["decision_ref"]) == ("ratified", "2026-09-01", "ILT 2026-09-01, 3")
    ok(await put(school, first, changed))
    refused(await put(school, first, agreed(school), **{"If-Match": "*"}), 409, "agreement-ratified")
    refused(await act(school, first, "ratify", ratified_on="2026-09-02"), 409, "agreement-move-refused")
    next_one = agreed(school, supersedes_id=str(first), statement="Five seconds.")
    assert ok(await put(school, second, next_one), 201)["number"] == 2
    early = refused(await act(school, second, "ratify", ratified_on="2026-08-01"), 422)
    assert pointers(early) == ["#/ratified_on"]
    ok(await act(school, second, "ratify", ratified_on="2026-11-01"))
    assert await held(school) == [(1, "superseded"), (2, "ratified")]
    for day, number in (("2026-08-31", []), ("2026-10-31", [1]), ("2026-11-01", [2])):
        assert [one[0] for one in await held(school, as_of=day)] == number
    ok(await act(school, second, "end", ended_on="2026-11-20"))
    assert await held(school, as_of="2026-11-20") == []
    kinds = [event["type"].removeprefix("agreement.") for event in await school.events("agreement.")]
    assert kinds == ["changed", "changed", "ratified", "changed", "superseded", "ratified", "ended"]


async def test_one_takes_the_place_of_one(school: School) -> None:
    first, rivals = new_id(), (new_id(), new_id())
    ok(await put(school, first, agreed(school)), 201)
    assert pointers(refused(await put(school, rivals[0], agreed(school, supersedes_id=str(first))), 422)) == [
        "#/supersedes_id"
    ]
    ok(await act(school, first, "ratify", ratified_on="2026-09-01"))
    for rival in rivals:
        ok(await put(school, rival, agreed(school, supersedes_id=str(first))), 201)
    ok(await act(school, rivals[0], "ratify", ratified_on="2026-10-01"))
    refused(await act(school, rivals[1], "ratify", ratified_on="2026-10-01"), 409, "agreement-replaced")


async def test_nothing_new_is_agreed_on_in_words_that_are_retired(school: School) -> None:
    drafted = new_id()
    ok(await put(school, drafted, agreed(school)), 201)
    async with school.acting() as http:
        path = f"/v1/framework-versions/{school.framework.version_id}/retire"
        ok(await http.post(path, headers={"If-Match": "*"}))
    refused(await put(school, new_id(), agreed(school)), 409, "framework-version-retired")
    ok(await put(school, drafted, agreed(school, title="We wait longer"), **{"If-Match": "*"}))


async def test_who_may_write_and_what_does_not_fit(school: School) -> None:
    for who, status in (("teacher", 403), ("stranger", 403), ("coach", 403)):
        refused(await put(school, new_id(), agreed(school), who), status)
    for more, pointer in (
        ({"look_for_ids": [str(new_id())]}, "#/look_for_ids/0"),
        ({"framework_version_id": str(new_id())}, "#/framework_version_id"),
        ({"supersedes_id": str(new_id())}, "#/supersedes_id"),
    ):
        assert pointers(refused(await put(school, new_id(), agreed(school, **more)), 422)) == [pointer]
    row = new_id()
    ok(await put(school, row, agreed(school)), 201)
    for who, status in (("stranger", 404), ("teacher", 403)):
        refused(await act(school, row, "ratify", who, ratified_on="2026-09-01"), status)
    assert pointers(refused(await act(school, row, "ratify", ratified_on="2199-01-01"), 422)) == ["#/ratified_on"]

"""A person downloads everything about themselves, from all four services, and nothing of anybody else's."""

import io
import json
import zipfile
from typing import Any

import pytest

from shared.clock import new_id, now
from shared.testing.stack import District, token_of
from tests.districts.privacy.scene import SECRET, Scene, a_scene
from tests.districts.setting import named
from tests.observations.scenes import ok, refused


@pytest.fixture
async def scene(district: District) -> Scene:
    return await a_scene(district)


async def downloaded(scene: Scene, who: str | None, person: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Ask, wait, download; give the resource and the files."""
    async with scene.acting(who) as http:
        asked = await http.post(f"/v1/people/{person}/data-exports")
        assert asked.status_code == 202, asked.text
        await scene.settle()
        made = ok(await http.get(asked.headers["Location"]))
        assert made["state"] == "ready", made
        content = await http.get(made["content"])
        assert content.status_code == 200
    with zipfile.ZipFile(io.BytesIO(content.content)) as archive:
        return made, {name: archive.read(name) for name in archive.namelist()}


async def test_a_person_gets_what_all_four_services_keep_about_her(scene: Scene) -> None:
    made, files = await downloaded(scene, "teacher", scene.teacher)
    told = {name.removesuffix(".json"): json.loads(body) for name, body in files.items() if name.endswith(".json")}
    assert [row["family_name"] for row in told["districts/people"]] == ["Unmistakable"]
    assert [row["kind"] for row in told["districts/leaves"]] == ["sick"]
    assert {row["id"] for row in told["observations/observations"]} == {scene.made["shared"], scene.made["draft"]}
    assert [row["id"] for row in told["observations/walk_stops"]] == [scene.made["stop"]], "her own stops"
    assert [row["focus"] for row in told["coaching/coaching_cycles"]] == [f"{SECRET}: focus"]
    assert [row["title"] for row in told["coaching/goals"]] == [f"{SECRET}: goal"]
    assert made["rows"]["districts/people"] == 1
    assert b"Unmistakable" not in files.get("districts/roles.csv", b"")
    assert files["coaching/goals.csv"].decode().splitlines()[0].startswith("id,"), "flat rows come as CSV too"


async def test_what_was_not_shared_with_her_is_withheld_as_it_is_in_the_api(scene: Scene) -> None:
    _, files = await downloaded(scene, "teacher", scene.teacher)
    rows = {row["id"]: row for row in json.loads(files["observations/observations.json"])}
    assert rows[scene.made["shared"]]["feedback"]["body"] == f"{SECRET}: feedback"
    draft = rows[scene.made["draft"]]
    assert [draft[name] for name in ("script", "scores", "look_fors", "feedback", "response", "reason")] == [None] * 6


async def test_what_was_shared_about_her_is_hers_whoever_wrote_it(scene: Scene) -> None:
    shared, draft = scene.made["shared"], scene.made["draft"]
    made: dict[str, str] = {}

    async def put(http: Any, noun: str, name: str, body: dict[str, Any]) -> None:
        made[name] = str(new_id())
        ok(await http.put(f"/v1/{noun}/{made[name]}", json=body), 201)

    file = {"name": "a.txt", "media_type": "text/plain", "size": 1, "sha256": "0" * 64}
    indicator = str(scene.school.framework.indicators[0])
    note = {"kind": "note", "text": "Hands went up.", "codes": [indicator]}
    async with scene.acting("principal") as http:
        for of, name in ((shared, "shared"), (draft, "draft")):
            await put(http, "evidence-items", f"{name} item", note | {"observation_id": of, "visibility": "shared"})
            await put(http, "observation-attachments", f"{name} file", file | {"observation_id": of})
        await put(http, "evidence-items", "private", note | {"observation_id": shared, "visibility": "private"})
        for of, name in ((shared, "shared"), (draft, "draft")):
            claim = {"indicator_id": indicator, "level": 3, "begin": 0, "end": 4}
            claim |= {"observation_id": of, "evidence_ids": [made[f"{name} item"]]}
            await put(http, "evidence-packages", f"{name} claim", claim)
    _, files = await downloaded(scene, "teacher", scene.teacher)
    for table, name in (
        ("evidence_items", "item"),
        ("evidence_packages", "claim"),
        ("observation_attachments", "file"),
    ):
        found = json.loads(files[f"observations/{table}.json"])
        assert [row["id"] for row in found] == [made[f"shared {name}"]], table


async def test_nothing_of_another_person_is_in_it(scene: Scene) -> None:
    _, files = await downloaded(scene, "colleague", named("colleague"))
    whole = b"".join(files.values()).decode()
    for private in ("Unmistakable", "unmistakable@example.org", "HR-77", scene.made["shared"], f"{SECRET}: focus",
                    f"{SECRET}: goal", "sick"):  # fmt: skip
        assert private not in whole, private


async def test_only_she_or_a_machine_with_its_own_scope_gets_it(scene: Scene) -> None:
    made, _ = await downloaded(scene, "teacher", scene.teacher)
    for who in ("colleague", "principal"):
        async with scene.acting(who) as http:
            refused(await http.post(f"/v1/people/{scene.teacher}/data-exports"), 404)
            refused(await http.get(f"/v1/data-exports/{made['id']}"), 404)
            refused(await http.get(made["content"]), 404)
            assert ok(await http.get("/v1/data-exports"))["data"] == []
    district = scene.district
    for scopes, expected in (("own_data.read", 403), ("roster.read", 403), ("personal_data.export", 202)):
        token = await token_of(district.stack, district.client_id, district.client_secret, scopes)
        async with district.client(token=token) as http:
            asked = await http.post(f"/v1/people/{scene.teacher}/data-exports")
            assert asked.status_code == expected, asked.text
    _, files = await downloaded(scene, None, scene.teacher)
    assert b"Unmistakable" in files["districts/people.json"]


async def test_a_download_is_audited_and_expires(scene: Scene) -> None:
    made, _ = await downloaded(scene, "teacher", scene.teacher)
    async with scene.acting() as http:
        log = ok(await http.get("/v1/audit-events/districts", params={"entity_id": made["id"]}))["data"]
    assert "data_export.downloaded" in {row["action"] for row in log if row["person_id"] == scene.teacher}
    await scene.database(
        "districts", "update districts.jobs set lease_until = $1 where name = 'data_exports.forget'", now()
    )
    await scene.settle()
    async with scene.acting("teacher") as http:
        assert ok(await http.get(f"/v1/data-exports/{made['id']}"))["state"] == "expired"
        refused(await http.get(made["content"]), 409, "data-export-not-ready")
    blobs = scene.district.stack.runtimes["districts"].blobs
    assert not await blobs.exists(scene.district.id, made["sha256"])

"""What is over by a district's rules: planned, applied, and nothing that is younger or held."""

from datetime import timedelta

import pytest

from services.districts.retention.rules import cutoff
from shared.clock import now
from shared.testing.stack import District
from tests.districts.privacy.scene import SECRET, Scene, a_scene
from tests.districts.privacy.test_erasures import apply, everything, lines_with, planned
from tests.districts.setting import named, put
from tests.observations.scenes import iso, ok, refused

RETENTION = "/v1/settings/retention"


@pytest.fixture
async def scene(district: District) -> Scene:
    return await a_scene(district)


async def test_what_is_older_than_its_years_goes_and_the_rest_stays(scene: Scene) -> None:
    old = iso(now() - timedelta(days=4 * 366))
    async with scene.acting() as http:
        backfilled = scene.school.visit(
            "colleague",
            state="shared",
            observer_id=named("principal"),
            observed_at=old,
            submitted_at=old,
            shared_at=old,
        )
        backfilled["feedback"]["body"] = f"{SECRET}: of old"
        ok(await http.post("/v1/observations", json=backfilled), 201)
        await put(http, RETENTION, {"years": {"observation_content": 3, "leaves": 1}})
    erasure, etag = await planned(scene, subject="retention", reason="retention")
    assert erasure["years"] == {"observation_content": 3, "leaves": 1}
    assert erasure["planned"]["observations"]["observations"] == {"rows": 1, "samples": [backfilled["id"]]}
    assert erasure["planned"]["districts"]["leaves"] == {"rows": 1, "samples": [scene.made["leave"]]}
    assert (await apply(scene, erasure, etag))["state"] == "applied"
    left = await everything(scene)
    assert not lines_with(left, f"{SECRET}: of old")
    assert lines_with(left, f"{SECRET}: feedback"), "younger ones stay"


async def test_what_is_of_somebody_under_a_hold_stays(scene: Scene) -> None:
    async with scene.acting() as http:
        await put(http, RETENTION, {"years": {"leaves": 1}})
        await put(http, f"/v1/legal-holds/{named('hold')}", {"person_id": scene.teacher, "reason": "case 1"})
    erasure, _ = await planned(scene, subject="retention", reason="retention")
    assert erasure["planned"]["districts"] == {}
    assert erasure["held"] == [scene.teacher]


async def test_former_staff_are_erased_whole(scene: Scene) -> None:
    async with scene.acting() as http:
        ok(await http.post(f"/v1/people/{scene.teacher}/archive", headers={"If-Match": "*"}))
        await put(http, RETENTION, {"years": {"former_people": 1}})
    erasure, _ = await planned(scene, subject="retention", reason="retention")
    assert erasure["planned"]["districts"] == {}, "she left today"
    await scene.database(
        "districts", "update districts.people set archived_at = archived_at - interval '2 years' where id = $1",
        scene.teacher,
    )  # fmt: skip
    erasure, etag = await planned(scene, subject="retention", reason="retention")
    assert erasure["planned"]["districts"]["people"]["samples"] == [scene.teacher]
    await apply(scene, erasure, etag)
    assert not lines_with(await everything(scene), "Unmistakable")


async def test_without_rules_nothing_is_over(scene: Scene) -> None:
    async with scene.acting() as http:
        asked = await http.post("/v1/erasures", json={"subject": "retention", "reason": "retention"})
        assert "PUT /v1/settings/retention" in refused(asked, 404)["detail"]
        assert (await http.put(RETENTION, json={"years": {"everything": 1}})).status_code == 422
        assert (await http.put(RETENTION, json={"years": {"leaves": 0}})).status_code == 422


def test_years_run_from_the_same_day() -> None:
    assert cutoff(now().replace(year=2028, month=2, day=29), 1).date().isoformat() == "2027-02-28"
    assert cutoff(now().replace(year=2028, month=2, day=29), 4).date().isoformat() == "2024-02-28"

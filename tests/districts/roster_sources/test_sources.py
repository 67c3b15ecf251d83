"""A source as a resource: what may be said of it, and that its secrets go out nowhere."""

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr

from services.districts import sealing
from services.districts.roster_pulls import client
from services.districts.sealing import SecretUnreadable
from shared.jobs import running
from shared.testing.stack import District
from tests.districts.fake_sis import SECRET, FakeSis, Traits, serving, small_district
from tests.districts.roster_sources.asking import add, profile, pull

GIVEN: dict[str, Any] = {
    "name": "Infinite Campus", "base_url": "https://sis.example/campus/api/ims/oneroster/rostering/v1p2",
    "token_url": "https://sis.example/campus/oauth2/token?appName=x", "client_id": "key", "secret": SECRET,
    "headers": {"X-Vendor": "very:secret"}, "scopes": ["https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly"],
}  # fmt: skip


async def patch(district: District, source: dict[str, Any], change: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    async with district.client() as http:
        address = f"/v1/roster-sources/{source['id']}"
        etag = (await http.get(address)).headers["ETag"]
        answer = await http.patch(address, json=change, headers={"If-Match": etag})
    return answer.status_code, answer.json()


async def test_secrets_go_out_nowhere(district: District) -> None:
    made = await add(district, GIVEN)
    assert made["header_names"] == ["X-Vendor"]
    assert "secret" not in made
    status, changed = await patch(district, made, {"name": "Campus", "secret": "another-secret"})
    assert (status, changed["name"], changed["version"]) == (200, "Campus", 2)
    async with district.client() as http:
        seen = [
            (await http.get(path)).text
            for path in (
                f"/v1/roster-sources/{made['id']}", "/v1/roster-sources", "/v1/audit-events/districts", "/v1/events",
                "/v1/jobs/districts",
            )
        ]  # fmt: skip
    assert not [
        text
        for text in [*seen, str(made), str(changed)]
        if "very:secret" in text or "-secret" in text or SECRET in text
    ]


async def test_a_secret_goes_to_no_other_host_than_it_was_given_for(district: District) -> None:
    made = await add(district, GIVEN)
    for moved in ({"base_url": "https://thief.example/v1p2"}, {"token_url": "https://thief.example/token"}):
        status, said = await patch(district, made, moved)
        assert (status, said["errors"][0]["pointer"]) == (422, "#/secret")
        status, said = await patch(district, made, moved | {"secret": "anew"})
        assert (status, said["errors"][0]["pointer"]) == (422, "#/headers")
    status, said = await patch(district, made, {"base_url": "https://sis.example/elsewhere/v1p2"})
    assert (status, said["base_url"]) == (200, "https://sis.example/elsewhere/v1p2")
    status, _ = await patch(district, made, {"base_url": "https://new.example/v1p2", "secret": "anew", "headers": {}})
    assert status == 200


async def test_the_same_again_is_no_change(district: District) -> None:
    made = await add(district, GIVEN)
    again = {"secret": SECRET, "headers": GIVEN["headers"]}
    status, same = await patch(district, made, again)
    assert (status, same["version"]) == (200, made["version"])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"token_url": None}, "#"),
        ({"client_id": None}, "#"),
        ({"secret": None}, "#/secret"),
        ({"base_url": "https://u:p@sis.example/v1p2"}, "#/base_url"),
        ({"base_url": "https://sis.example/v1p2?a=b"}, "#/base_url"),
        ({"base_url": "ftp://sis.example/v1p2"}, "#/base_url"),
        ({"base_url": "https://0177.0.0.1/v1p2"}, "#/base_url"),
        ({"token_url": "https://xn--/token"}, "#/token_url"),
        ({"schedule": {"cron": "0 3 * * *"}}, "#/schedule"),
        ({"headers": {"Authorization": "mine"}}, "#/headers"),
        ({"missing": ["buses"]}, "#/missing/0"),
        ({"page_size": 20000}, "#/page_size"),
    ],
)
async def test_what_makes_no_sense_is_refused(district: District, change: dict[str, Any], pointer: str) -> None:
    async with district.client() as http:
        answer = await http.post("/v1/roster-sources", json=GIVEN | change)
    assert answer.status_code == 422, answer.text
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}


async def test_a_source_is_asked_once_at_a_time_and_a_pull_can_be_cancelled(district: District) -> None:
    async with serving(FakeSis(small_district())) as sis:
        made = await add(district, profile(sis))
        async with district.client() as http:
            asked = (await http.post(f"/v1/roster-sources/{made['id']}/pull", json={})).json()
            second = await http.post(f"/v1/roster-sources/{made['id']}/pull", json={})
            assert second.json()["id"] == asked["id"]
            etag = (await http.get(asked["job"])).headers["ETag"]
            assert (await http.post(f"{asked['job']}/cancel", headers={"If-Match": etag})).status_code == 200
            assert (await http.get(f"/v1/roster-pulls/{asked['id']}")).json()["state"] == "cancelled"
        await pull(district, made)


async def test_a_pull_that_waits_for_an_answer_is_cancelled_at_once(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(running, "REPORT_EVERY", 0.02)
    async with serving(FakeSis(small_district(), Traits(hangs=1.0))) as sis:
        made = await add(district, profile(sis))
        async with district.client() as http:
            asked = (await http.post(f"/v1/roster-sources/{made['id']}/pull", json={})).json()
            work = asyncio.create_task(district.stack.settle())
            await sis.is_asked.wait()
            answer = await http.post(f"{asked['job']}/cancel", headers={"If-Match": "*"})
            assert answer.status_code == 200
            await asyncio.wait_for(work, 0.8)
            assert (await http.get(f"/v1/roster-pulls/{asked['id']}")).json()["state"] == "cancelled"


def test_secrets_are_sealed_with_the_first_key_and_opened_with_any() -> None:
    old, both, new = SecretStr("old key"), SecretStr("new key, old key"), SecretStr("new key")
    assert sealing.seal("x", SecretStr("")) == "plain:x"
    sealed = sealing.seal("s3cret", old)
    assert "s3cret" not in sealed
    assert sealing.unseal(sealed, both) == "s3cret"
    assert sealing.unseal(sealing.seal("s3cret", both), new) == "s3cret"
    assert sealing.unseal("plain:x", new) == "x"
    for keys in (new, SecretStr("")):
        with pytest.raises(SecretUnreadable):
            sealing.unseal(sealed, keys)

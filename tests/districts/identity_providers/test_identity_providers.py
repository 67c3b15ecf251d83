"""Identity providers as a resource: put, read, change, archive, and what does not fit together."""

from typing import Any

from shared.clock import new_id
from shared.testing.stack import District
from tests.districts.setting import put

PROVIDER: dict[str, Any] = {
    "name": "Login",
    "issuer": "https://login.example/tenant",
    "audiences": ["frontend"],
    "person_by": "external_id",
    "external_system": "login",
}


async def test_a_provider_is_put_read_listed_changed_and_archived(district: District) -> None:
    path = f"/v1/identity-providers/{new_id()}"
    async with district.client() as http:
        made = await put(http, path, PROVIDER)
        assert made | PROVIDER == made
        assert (made["algorithms"], made["person_claim"], made["enabled"]) == (["RS256"], "sub", True)
        await put(http, path, PROVIDER, 200)
        assert (await http.put(path, json=PROVIDER | {"name": "x"})).status_code == 428
        assert (await http.patch(path, json={"name": "x"}, headers={"If-Match": '"7"'})).status_code == 412
        changed = await http.patch(path, json={"jwks_url": "https://k.example/"}, headers={"If-Match": '"1"'})
        assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
        cleared = await http.patch(path, json={"jwks_url": None}, headers={"If-Match": '"2"'})
        assert cleared.json()["jwks_url"] is None
        (listed,) = (await http.get("/v1/identity-providers")).json()["data"]
        assert listed == (await http.get(path)).json() == cleared.json()
        archived = await http.post(f"{path}/archive", headers={"If-Match": '"3"'})
        assert archived.json()["archived_at"] is not None
        assert (await http.get("/v1/identity-providers")).json()["data"] == []
        await district.stack.settle()
        events = (await http.get("/v1/events", params={"types": "identity_provider.changed"})).json()["data"]
        assert {event["link"].rpartition("/v1/")[2] for event in events} == {path.removeprefix("/v1/")}
        assert "tenant" not in str(events)


async def test_an_issuer_is_one_providers_and_free_again_when_that_is_archived(district: District) -> None:
    first, second = (f"/v1/identity-providers/{new_id()}" for _ in range(2))
    async with district.client() as http:
        await put(http, first, PROVIDER)
        refused = await http.put(second, json=PROVIDER)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:throughline:problem:issuer-taken")
        await http.post(f"{first}/archive", headers={"If-Match": '"1"'})
        await put(http, second, PROVIDER)


async def test_what_does_not_fit_is_refused_with_its_pointer(district: District) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"external_system": None}, "#/external_system"),
        ({"person_by": "email", "person_claim": "email"}, "#/external_system"),
        ({"person_by": "email", "external_system": None}, "#/person_claim"),
        ({"person_by": "shoe_size"}, "#/person_by"),
        ({"algorithms": ["HS256"]}, "#/algorithms/0"),
        ({"algorithms": ["none"]}, "#/algorithms/0"),
        ({"algorithms": []}, "#/algorithms"),
        ({"audiences": []}, "#/audiences"),
        ({"audiences": ["a", "a"]}, "#/audiences"),
        ({"issuer": "ldap://login.example"}, "#/issuer"),
        ({"issuer": "https://user@login.example"}, "#/issuer"),
        ({"issuer": "https://login.example?a=b"}, "#/issuer"),
        ({"jwks_url": "file:///etc/passwd"}, "#/jwks_url"),
        ({"required_claims": {"hd": 7}}, "#/required_claims/hd"),
        ({"secret": "x"}, "#/secret"),
    ]
    async with district.client() as http:
        for members, pointer in wrong:
            answer = await http.put(f"/v1/identity-providers/{new_id()}", json=PROVIDER | members)
            assert answer.status_code == 422, members
            assert pointer in {error["pointer"] for error in answer.json()["errors"]}, members


async def test_only_the_district_and_its_machines_with_the_scope(district: District, other_district: District) -> None:
    path = f"/v1/identity-providers/{new_id()}"
    async with district.client() as http, other_district.client() as foreign:
        await put(http, path, PROVIDER)
        assert (await foreign.get(path)).status_code == 404
        assert (await http.get(path, headers={"Throughline-Person": str(new_id())})).status_code == 403

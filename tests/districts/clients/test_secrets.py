"""A client's secret is changed for another one without a moment in which none works."""

import pytest

from shared.access import ended_tokens
from shared.settings import SERVICE_NAMES
from shared.testing.stack import District, token_of

CLIENT = {"name": "warehouse", "scopes": ["audit.read"]}
PROBLEM = "urn:throughline:problem:"


@pytest.fixture(autouse=True)
def at_once(monkeypatch) -> None:
    monkeypatch.setattr(ended_tokens, "RELOAD_SECONDS", 0.0)


async def statuses(district: District, token: str) -> set[int]:
    async with district.client(token=token) as http:
        return {(await http.get(f"/v1/audit-events/{service}")).status_code for service in SERVICE_NAMES}


async def test_a_secret_is_rotated_without_downtime(district: District) -> None:
    async with district.client() as http:
        made = (await http.post("/v1/clients", json=CLIENT)).json()
        path = f"/v1/clients/{made['id']}/secrets"
        old = await token_of(district.stack, made["client_id"], made["client_secret"])
        second = await http.post(path, headers={"Idempotency-Key": "rotate"})
        assert second.status_code == 201, second.text
        new = await token_of(district.stack, made["client_id"], second.json()["client_secret"])
        again = await http.post(path, headers={"Idempotency-Key": "rotate"})
        assert again.json() == second.json() | {"client_secret": None}, "shown once"
        third = await http.post(path)
        assert (third.status_code, third.json()["type"]) == (409, f"{PROBLEM}two-secrets-live")
        first, listed = (await http.get(path)).json()["data"]
        assert made["client_secret"].startswith(first["starts_with"])
        assert listed == {name: value for name, value in second.json().items() if name != "client_secret"}
        assert await statuses(district, old) == await statuses(district, new) == {200}
        assert (await http.post(f"{path}/{first['id']}/revoke")).status_code == 428
        revoked = await http.post(f"{path}/{first['id']}/revoke", headers={"If-Match": '"1"'})
        assert revoked.json()["revoked_at"] is not None
        await district.stack.settle()
        assert await statuses(district, old) == {401}, "what the old secret was given ended with it"
        assert await statuses(district, new) == {200}, "what the new one was given goes on"
        refused = await http.post(
            "/oauth2/token", data={"grant_type": "client_credentials"}, auth=(made["client_id"], made["client_secret"])
        )
        assert refused.status_code == 401
        last = await http.post(f"{path}/{listed['id']}/revoke", headers={"If-Match": '"1"'})
        assert (last.status_code, last.json()["type"]) == (409, f"{PROBLEM}last-secret")
        assert len((await http.get(path, params={"archived": "include"})).json()["data"]) == 2
        await http.post(f"/v1/clients/{made['id']}/revoke", headers={"If-Match": '"1"'})
        assert (await http.post(path)).json()["type"] == f"{PROBLEM}client-revoked"


async def test_no_secret_is_in_what_is_told(district: District) -> None:
    async with district.client() as http:
        made = (await http.post("/v1/clients", json=CLIENT)).json()
        secret = (await http.post(f"/v1/clients/{made['id']}/secrets")).json()["client_secret"]
        await district.stack.settle()
        told = [await http.get(path) for path in ("/v1/events", "/v1/audit-events/districts", "/v1/clients")]
    async with district.stack.runtimes["districts"].database.transaction(district.id) as connection:
        payloads = await connection.fetch("select payload from districts.outbox")
    text = repr(payloads) + "".join(answer.text for answer in told)
    assert "client_secret.created" in text
    assert secret not in text
    assert secret[13:] not in text
    assert "scrypt$" not in text


async def test_another_district_sees_no_secrets(district: District, other_district: District) -> None:
    async with district.client() as http, other_district.client() as foreign:
        made = (await http.post("/v1/clients", json=CLIENT)).json()
        path = f"/v1/clients/{made['id']}/secrets"
        secret = (await http.get(path)).json()["data"][0]["id"]
        assert (await foreign.get(path)).status_code == 404
        assert (await foreign.post(path)).status_code == 404
        assert (await foreign.post(f"{path}/{secret}/revoke", headers={"If-Match": "*"})).status_code == 404


async def test_who_may_only_write_clients_gets_no_wider_ones_secret(district: District) -> None:
    async with district.client() as http:
        wide = (await http.post("/v1/clients", json={"name": "wide", "scopes": ["all"]})).json()
        body = {"name": "desk", "scopes": ["clients.read", "clients.write"]}
        desk = (await http.post("/v1/clients", json=body)).json()
    token = await token_of(district.stack, desk["client_id"], desk["client_secret"])
    async with district.client(token=token) as http:
        refused = await http.post(f"/v1/clients/{wide['id']}/secrets")
        assert (refused.status_code, refused.json()["type"]) == (403, f"{PROBLEM}forbidden"), refused.text
        assert len((await http.get(f"/v1/clients/{wide['id']}/secrets")).json()["data"]) == 1
        assert (await http.post(f"/v1/clients/{desk['id']}/secrets")).status_code == 201, "what it may itself"

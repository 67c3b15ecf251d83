"""Giving a token back (RFC 7009), asking about one (RFC 7662), and what the server says of itself (RFC 8414)."""

import re
from typing import Any

import httpx
import pytest

from services.districts.clients.service import create_client
from shared.access import ended_tokens
from shared.access.scopes import SCOPES
from shared.settings import SERVICE_NAMES
from shared.testing.stack import District, token_of
from tests.districts.identity_providers.vouching import frontend_of

Pair = tuple[str, str]


@pytest.fixture(autouse=True)
def at_once(monkeypatch) -> None:
    monkeypatch.setattr(ended_tokens, "RELOAD_SECONDS", 0.0)


async def post(district: District, path: str, auth: Pair | None, **form: str) -> httpx.Response:
    async with district.stack.client() as http:
        return await http.post(path, data=form, auth=auth)


async def client_of(district: District, *scopes: str) -> Pair:
    made = await create_client(district.stack.runtimes["districts"].database, district.id, "a client", scopes)
    return made.client_id, made.client_secret


async def test_a_token_given_back_is_taken_nowhere_and_the_next_one_is(district: District) -> None:
    own = await client_of(district, "audit.read")
    first, second = await token_of(district.stack, *own), await token_of(district.stack, *own)
    for _ in range(2):
        answer = await post(district, "/oauth2/revoke", own, token=first, token_type_hint="refresh_token")
        assert (answer.status_code, answer.content) == (200, b""), answer.text
        await district.stack.settle()
    for token, status in ((first, 401), (second, 200)):
        async with district.client(token=token) as http:
            found = {(await http.get(f"/v1/audit-events/{service}")).status_code for service in SERVICE_NAMES}
        assert found == {status}


async def test_only_a_client_gives_tokens_back_and_only_its_own(district: District, other_district: District) -> None:
    own, other, foreign = [await client_of(where, "audit.read") for where in (district, district, other_district)]
    token = await token_of(district.stack, *own)
    for auth, form, expected in (
        (None, {"token": token}, (401, "invalid_client")),
        ((own[0], "guess"), {"token": token}, (401, "invalid_client")),
        (own, {}, (400, "invalid_request")),
        (other, {"token": token}, (400, "unauthorized_client")),
        (foreign, {"token": token}, (400, "unauthorized_client")),
    ):
        answer = await post(district, "/oauth2/revoke", auth, **form)
        assert (answer.status_code, answer.json()["error"]) == expected
    for nonsense in ("x", "x.y.z", token[:-9] + "AAAAAAAAA"):
        assert (await post(district, "/oauth2/revoke", own, token=nonsense)).status_code == 200
    async with district.client(token=token) as http:
        assert (await http.get("/v1/audit-events/districts")).status_code == 200


async def introspected(district: District, auth: Pair, token: str) -> dict[str, Any]:
    answer = await post(district, "/oauth2/introspect", auth, token=token)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()


async def test_a_token_is_told_of_while_it_holds_and_only_in_its_district(district, other_district) -> None:
    own, foreign = await client_of(district, "audit.read", "goals.read"), await client_of(other_district, "audit.read")
    token = await token_of(district.stack, *own)
    told = await introspected(district, own, token)
    assert told["active"] is True
    assert (told["client_id"], told["sub"]) == (own[0], own[0])
    assert (told["scope"], told["exp"] - told["iat"]) == ("audit.read goals.read", 900)
    assert await introspected(district, foreign, token) == {"active": False}
    assert await introspected(district, own, token + "x") == {"active": False}
    assert (await post(district, "/oauth2/introspect", None, token=token)).status_code == 401
    await post(district, "/oauth2/revoke", own, token=token)
    await district.stack.settle()
    assert await introspected(district, own, token) == {"active": False}


async def test_a_token_that_acts_for_somebody_who_left_holds_no_more(district) -> None:
    async with frontend_of(district) as frontend:
        token, own = await frontend.token("login|teacher"), (frontend.client_id, frontend.client_secret)
        told = await introspected(district, own, token)
        assert (told["sub"], told["client_id"]) == (frontend.setting.teacher, frontend.client_id)
        path = f"/v1/people/{frontend.setting.teacher}"
        async with district.client() as http:
            await http.post(f"{path}/archive", headers={"If-Match": (await http.get(path)).headers["ETag"]})
        await district.stack.settle()
        assert await introspected(district, own, token) == {"active": False}


async def test_what_the_server_says_of_itself_is_so(district) -> None:
    async with district.stack.client() as http:
        said = (await http.get("/.well-known/oauth-authorization-server")).json()
        document = (await http.get("/openapi.json")).json()["paths"]
        assert said["issuer"] == "http://127.0.0.1:8000"
        for name, url in said.items():
            if name.endswith(("_endpoint", "_uri")):
                assert url.startswith(said["issuer"])
                assert url.removeprefix(said["issuer"]) in document, name
        told = await introspected(district, (district.client_id, district.client_secret), district.token)
        assert told["iss"] == said["issuer"]
        assert (await http.get("/.well-known/openid-configuration")).status_code == 404, "we issue no ID tokens"
        catalogue = (await http.get("/v1/scopes")).json()["data"]
    assert [entry["scope"] for entry in catalogue] == list(SCOPES)
    assert sorted(SCOPES) == said["scopes_supported"]
    used = {scope for item in document.values() for op in item.values() for scope in scopes_of(op)}
    assert used <= set(SCOPES), "no operation asks for a scope that is in no catalogue"


def scopes_of(operation: Any) -> set[str]:
    if not isinstance(operation, dict):
        return set()
    text = str(operation.get("security", ""))
    return set(re.findall(r"'([a-z_]+\.[a-z:]+)'", text))

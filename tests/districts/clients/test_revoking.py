"""What a client was given before it was revoked, or could do more, is taken in no service."""

import asyncio
import time

import httpx
import pytest

from shared.access import ended_tokens
from shared.settings import SERVICE_NAMES
from shared.testing.stack import District, token_of

CLIENT = {"name": "warehouse", "scopes": ["roster.read", "clients.read", "audit.read"]}


@pytest.fixture(autouse=True)
def at_once(monkeypatch) -> None:
    monkeypatch.setattr(ended_tokens, "RELOAD_SECONDS", 0.0)


async def statuses(district: District, token: str) -> set[int]:
    async with district.client(token=token) as http:
        return {(await http.get(f"/v1/audit-events/{service}")).status_code for service in SERVICE_NAMES}


async def test_a_revoked_client_is_let_in_nowhere_and_gets_no_token(district: District) -> None:
    async with district.client() as http:
        made = (await http.post("/v1/clients", json=CLIENT)).json()
        token = await token_of(district.stack, made["client_id"], made["client_secret"])
        assert await statuses(district, token) == {200}
        url = f"/v1/clients/{made['id']}/revoke"
        assert (await http.post(url)).status_code == 428
        revoked = await http.post(url, headers={"If-Match": '"1"'})
        assert revoked.status_code == 200, revoked.text
        assert revoked.json()["revoked_at"] == revoked.json()["archived_at"] is not None
        await district.stack.settle()
        assert await statuses(district, token) == {401}
        refused = await http.post(
            "/oauth2/token", data={"grant_type": "client_credentials"}, auth=(made["client_id"], made["client_secret"])
        )
        assert refused.status_code == 401
        assert (await http.post(url, headers={"If-Match": '"1"'})).headers["ETag"] == '"2"', "twice is once"
        changed = await http.patch(f"/v1/clients/{made['id']}", json={"name": "x"}, headers={"If-Match": '"2"'})
        assert changed.status_code == 409
        assert changed.json()["type"] == "urn:throughline:problem:client-revoked"
        assert (await http.get("/v1/clients")).status_code == 200


async def test_who_waits_for_news_outlives_no_right(district: District) -> None:
    """A question that waits was let in before its client was revoked, and is not answered after it."""
    async with district.client() as http:
        made = (await http.post("/v1/clients", json={"name": "warehouse", "scopes": ["events.read"]})).json()
        token = await token_of(district.stack, made["client_id"], made["client_secret"])
        await district.stack.settle()
        async with district.client(token=token) as listener:
            at = (await listener.get("/v1/events", params={"limit": 200})).json()["next"]
            asked = {"after": at, "wait": 20, "types": ["partner.created"]}
            waits = asyncio.create_task(listener.get("/v1/events", params=asked))
            await asyncio.sleep(0.1)
            await http.post(f"/v1/clients/{made['id']}/revoke", headers={"If-Match": '"1"'})
            await district.stack.settle()
            await http.post("/v1/partners", json={"name": "North"})
            await district.stack.settle()
            answer = await asyncio.wait_for(waits, 5)
    assert (answer.status_code, "partner" in answer.text) == (401, False), answer.text


async def test_a_token_that_is_given_while_its_client_is_revoked_ends_too(district: District) -> None:
    """A secret takes a tenth of a second to check, in which the client may be revoked: no token outlives that."""

    async def ask(made: dict[str, str], after: float) -> str | None:
        await asyncio.sleep(after)
        try:
            return await token_of(district.stack, made["client_id"], made["client_secret"])
        except httpx.HTTPStatusError:
            return None

    async with district.client() as http:
        made = (await http.post("/v1/clients", json=CLIENT)).json()
        began = time.perf_counter()
        await ask(made, 0)
        takes = time.perf_counter() - began
        given = [asyncio.create_task(ask(made, takes * n / 10)) for n in range(20)]
        await asyncio.sleep(takes)
        revoked = await http.post(f"/v1/clients/{made['id']}/revoke", headers={"If-Match": '"1"'})
        assert revoked.status_code == 200
        tokens = [token for token in await asyncio.gather(*given) if token]
    await district.stack.settle()
    assert tokens, "some were in time"
    assert [await statuses(district, token) for token in tokens] == [{401}] * len(tokens)


async def test_with_fewer_scopes_a_new_token_is_needed_and_suffices(district: District) -> None:
    async with district.client() as http:
        made = (await http.post("/v1/clients", json=CLIENT)).json()
        credentials = (district.stack, made["client_id"], made["client_secret"])
        before = await token_of(*credentials)
        url = f"/v1/clients/{made['id']}"
        await http.patch(url, json={"scopes": [*CLIENT["scopes"], "events.read"]}, headers={"If-Match": '"1"'})
        await http.patch(url, json={"name": "renamed"}, headers={"If-Match": '"2"'})
        await district.stack.settle()
        assert await statuses(district, before) == {200}, "more scopes or another name end nothing"
        narrowed = await http.patch(url, json={"scopes": ["audit.read"]}, headers={"If-Match": '"3"'})
        assert narrowed.status_code == 200
        await district.stack.settle()
        assert await statuses(district, before) == {401}
        assert await statuses(district, await token_of(*credentials)) == {200}
        async with district.client(token=await token_of(*credentials)) as theirs:
            assert (await theirs.get("/v1/clients")).status_code == 403


async def test_the_row_is_seen_by_its_district_and_the_verifiers_alone(district: District, other_district) -> None:
    async with district.client() as http:
        made = (await http.post("/v1/clients", json=CLIENT)).json()
        await http.post(f"/v1/clients/{made['id']}/revoke", headers={"If-Match": '"1"'})
    await district.stack.settle()
    read = "select count(*) from coaching.ended_tokens where subject = $1"
    database = district.stack.runtimes["coaching"].database
    async with database.transaction(other_district.id) as connection:
        assert await connection.fetchval(read, made["client_id"]) == 0
    assert await database.relay.fetchval(read, made["client_id"]) == 1

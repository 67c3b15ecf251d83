"""Clients over HTTP, the first resource: whatever the conventions promise for every resource is held against it."""

import asyncio
from uuid import UUID

import httpx
import pytest

from shared.clock import new_id
from shared.testing.stack import District, token_of

NEW = {"name": "warehouse", "scopes": ["roster.read", "events.read"]}


async def make(http: httpx.AsyncClient, **members) -> dict:
    answer = await http.post("/v1/clients", json=NEW | members)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def narrow(district: District, *scopes: str) -> httpx.AsyncClient:
    token = await token_of(district.stack, district.client_id, district.client_secret, " ".join(scopes))
    return district.client(token=token)


def assert_problem(answer: httpx.Response, status: int, kind: str, *pointers: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"urn:throughline:problem:{kind}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert [error["pointer"] for error in body.get("errors", [])] == list(pointers)
    return body


async def test_a_client_is_made_listed_and_read_without_its_secret(district: District) -> None:
    async with district.client() as http:
        made = await http.post("/v1/clients", json=NEW)
        assert made.status_code == 201, made.text
        body = made.json()
        assert body["scopes"] == ["events.read", "roster.read"]
        assert made.headers["ETag"] == '"1"'
        read = await http.get(made.headers["Location"])
        assert read.headers["ETag"] == '"1"'
        assert read.json() == {k: v for k, v in body.items() if k != "client_secret"}
        listed = await http.get("/v1/clients")
        assert {c["name"] for c in listed.json()["data"]} == {"tests", "warehouse"}
        assert body["client_secret"] not in read.text + listed.text


async def test_what_it_was_given_is_what_it_may(district: District) -> None:
    async with district.client() as http:
        made = await make(http)
    token = await token_of(district.stack, made["client_id"], made["client_secret"])
    async with district.client(token=token) as http:
        assert (await http.get("/v1/events")).status_code == 200
        refused = await http.get("/v1/clients")
        assert assert_problem(refused, 403, "forbidden")["scopes"] == ["clients.read"]


async def test_it_is_another_districts_business(district: District, other_district: District) -> None:
    async with district.client() as http:
        made = await make(http)
    async with other_district.client() as http:
        assert_problem(await http.get(f"/v1/clients/{made['id']}"), 404, "not-found")
        answer = await http.patch(f"/v1/clients/{made['id']}", json={"name": "x"}, headers={"If-Match": "*"})
        assert_problem(answer, 404, "not-found")
        answer = await http.post(f"/v1/clients/{made['id']}/revoke", headers={"If-Match": "*"})
        assert_problem(answer, 404, "not-found")
        assert made["id"] not in (await http.get("/v1/clients", params={"archived": "include"})).text


async def test_reading_does_not_allow_writing_nor_a_person_either(district: District) -> None:
    async with await narrow(district, "clients.read", "act_as") as http:
        assert (await http.get("/v1/clients")).status_code == 200
        assert_problem(await http.post("/v1/clients", json=NEW), 403, "forbidden")
        person = {"Throughline-Person": str(new_id())}
        assert_problem(await http.get("/v1/clients", headers=person), 403, "forbidden")


async def test_nobody_gives_what_they_do_not_have(district: District) -> None:
    async with await narrow(district, "clients.write", "roster.read") as http:
        made = await http.post("/v1/clients", json={"name": "x", "scopes": ["roster.read"]})
        assert made.status_code == 201
        for scopes in (["roster.write"], ["all"], ["roster.read", "audit.read"]):
            body = assert_problem(
                await http.post("/v1/clients", json={"name": "x", "scopes": scopes}), 403, "forbidden"
            )
            assert "roster.read" not in body["scopes"]
        url, if_match = f"/v1/clients/{made.json()['id']}", {"If-Match": '"1"'}
        answer = await http.patch(url, json={"scopes": ["roster.read", "audit.read"]}, headers=if_match)
        assert_problem(answer, 403, "forbidden")
    async with district.client() as http:
        wide = await make(http, scopes=["audit.read", "roster.read"])
    async with await narrow(district, "clients.write", "roster.read") as http:
        answer = await http.patch(f"/v1/clients/{wide['id']}", json={"name": "renamed"}, headers=if_match)
        assert answer.status_code == 200, "what somebody else gave it may keep"


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"name": "x", "scopes": ["roster.read", "roster.reed"]}, ["#/scopes/1"]),
        ({"name": "x", "scopes": []}, ["#/scopes"]),
        ({"name": "", "scopes": ["roster.read"]}, ["#/name"]),
        ({"name": "x" * 201, "scopes": ["roster.read"]}, ["#/name"]),
        ({"name": "a\u0000b", "scopes": ["roster.read"]}, ["#/name"]),
        ({"name": 1, "scopes": "roster.read"}, ["#/name", "#/scopes"]),
        ({"scopes": ["roster.read"], "nmae": "x"}, ["#/name", "#/nmae"]),
        (NEW | {"requests_per_minute": 0}, ["#/requests_per_minute"]),
        (NEW | {"requests_per_minute": True}, ["#/requests_per_minute"]),
        (NEW | {"requests_per_minute": 2**40}, ["#/requests_per_minute"]),
        ([], ["#"]),
        (None, ["#"]),
    ],
)
async def test_bad_fields_are_named(district: District, body, pointers) -> None:
    async with district.client() as http:
        assert_problem(await http.post("/v1/clients", json=body), 422, "invalid", *pointers)
        assert len((await http.get("/v1/clients")).json()["data"]) == 1, "nothing is half-written"


async def test_a_change_needs_the_version_that_it_was_made_from(district: District) -> None:
    async with district.client() as http:
        url = f"/v1/clients/{(await make(http))['id']}"
        assert_problem(await http.patch(url, json={"name": "a"}), 428, "precondition-required")
        changed = await http.patch(url, json={"name": "a"}, headers={"If-Match": '"1"'})
        assert (changed.status_code, changed.headers["ETag"], changed.json()["version"]) == (200, '"2"', 2)
        stale = await http.patch(url, json={"name": "b"}, headers={"If-Match": '"1"'})
        assert assert_problem(stale, 412, "precondition-failed")["current"] == '"2"'
        for same in ({}, {"If-Match": '"1"'}):
            done_already = await http.patch(url, json={"name": "a"}, headers=same)
            assert (done_already.status_code, done_already.headers["ETag"]) == (200, '"2"')
        assert (await http.get(url)).json()["name"] == "a"


async def test_of_many_changes_at_once_one_wins(district: District) -> None:
    async with district.client() as http:
        url = f"/v1/clients/{(await make(http))['id']}"
        answers = await asyncio.gather(
            *(http.patch(url, json={"name": f"n{n}"}, headers={"If-Match": '"1"'}) for n in range(5))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]


async def test_a_merge_patch_removes_with_null(district: District) -> None:
    async with district.client() as http:
        url = f"/v1/clients/{(await make(http, requests_per_minute=60))['id']}"
        media = {"If-Match": '"1"', "Content-Type": "application/merge-patch+json"}
        answer = await http.patch(url, content=b'{"requests_per_minute":null}', headers=media)
        assert answer.json()["requests_per_minute"] is None
        assert answer.json()["name"] == "warehouse"
        answer = await http.patch(url, json={"name": None}, headers={"If-Match": '"2"'})
        assert_problem(answer, 422, "invalid", "#/name")


async def test_pages_are_walked_by_their_cursors(district: District) -> None:
    async with district.client() as http:
        made = [(await make(http, name=f"c{n}"))["id"] for n in range(5)]
        url: str | None = "/v1/clients?limit=2&count=true"
        seen, totals = [], []
        while url:
            answer = await http.get(url)
            page = answer.json()
            seen += [client["id"] for client in page["data"]]
            totals.append(page["total"])
            await make(http, name="made in between")
            url = answer.links.get("next", {}).get("url") if len(seen) < 6 else None
            assert (page["next"] is None) == ("next" not in answer.links)
        assert seen[1:6] == made
        assert totals == [6, 7, 8]


async def test_archived_and_updated_after_are_filters(district: District) -> None:
    async with district.client() as http:
        first, second = await make(http), await make(http, name="second")
        await http.post(f"/v1/clients/{first['id']}/revoke", headers={"If-Match": '"1"'})

        async def names(**params) -> list[str]:
            return [c["name"] for c in (await http.get("/v1/clients", params=params)).json()["data"]]

        assert await names() == ["tests", "second"]
        assert await names(archived="include") == ["tests", "warehouse", "second"]
        assert await names(archived="only") == ["warehouse"]
        assert await names(archived="include", updated_after=second["updated_at"]) == ["warehouse"]
        for params in ({"archived": "maybe"}, {"updated_after": "2026-01-01T00:00:00"}, {"limit": 501}, {"limit": 0}):
            assert (await http.get("/v1/clients", params=params)).status_code == 422


async def test_a_key_gives_the_same_answer_again_but_for_the_secret(district: District) -> None:
    async with district.client() as http:
        key = {"Idempotency-Key": "once"}
        first = await http.post("/v1/clients", json=NEW, headers=key)
        again = await http.post("/v1/clients", json=NEW, headers=key)
        assert again.status_code == 201
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.json() == first.json() | {"client_secret": None}
        other = await http.post("/v1/clients", json=NEW | {"name": "x"}, headers=key)
        assert_problem(other, 422, "idempotency-key-reused")
        assert len((await http.get("/v1/clients")).json()["data"]) == 2
    async with district.stack.runtimes["districts"].database.transaction(district.id) as connection:
        kept = await connection.fetchval("select body from districts.idempotency_keys")
    assert first.json()["client_secret"].encode() not in kept


async def test_every_write_is_in_the_audit_log_without_its_content(district: District) -> None:
    async with district.client() as http:
        made = await make(http, name="Somebody's name")
        url = f"/v1/clients/{made['id']}"
        await http.patch(url, json={"name": "Another name"}, headers={"If-Match": '"1"', "X-Request-Id": "mine"})
        await http.post(f"{url}/revoke", headers={"If-Match": '"2"'})
        audit = await http.get("/v1/audit-events/districts", params={"entity": "clients", "entity_id": made["id"]})
    rows = audit.json()["data"]
    assert [row["action"] for row in rows] == ["client.created", "client.changed", "client.revoked"]
    assert [row["fields"]["changed"] for row in rows][1:] == [["name"], ["revoked_at"]]
    assert rows[1]["request_id"] == "mine"
    assert {row["client_id"] for row in rows} == {district.client_id}
    assert "Another name" not in audit.text
    assert UUID(rows[0]["id"]) < UUID(rows[1]["id"])


async def test_a_clients_own_limit_holds_and_is_said(district: District) -> None:
    async with district.client() as http:
        made = await make(http, requests_per_minute=3)
    token = await token_of(district.stack, made["client_id"], made["client_secret"])
    async with district.client(token=token) as http:
        answers = [await http.get("/v1/events") for _ in range(5)]
        if 200 in [answer.status_code for answer in answers[3:]]:  # a new minute began in between
            answers = [await http.get("/v1/events") for _ in range(5)]
    assert [answer.status_code for answer in answers].count(429) >= 2
    assert answers[0].headers["RateLimit-Policy"] == '"default";q=3;w=60'
    assert_problem(answers[-1], 429, "too-many-requests")
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60

"""From a request to a unit of work and back: who is let in, and that what was answered is what is kept."""

import asyncio

import pytest

from shared import stopping
from shared.clock import new_id
from shared.testing.stack import token_of
from tests.shared.probe import House, calls, waiting

NOTHING = {"events": 0, "writes": 0, "reads": 0, "answers": 0}
PATHS = pytest.mark.parametrize("path", ["/v1/probes", "/v1/hot-probes", "/v1/short-probes"])


@PATHS
async def test_a_change_its_event_and_its_audit_row_are_kept_before_the_answer(house: House, path) -> None:
    async with house.client() as http:
        answer = await http.post(path, json={})
    assert answer.status_code == 201, answer.text
    assert answer.headers["ETag"] == '"7"'
    assert await house.books() == NOTHING | {"events": 1, "writes": 1}
    assert calls.made == ["called"], "one that fails keeps no other from being called"


@PATHS
@pytest.mark.parametrize(
    ("then", "status"),
    [("refuse", 409), ("crash", 500), ("answer 404", 404), ("answer nonsense", 500), ("lose the connection", 503)],
)
async def test_nothing_is_kept_of_what_did_not_succeed(house: House, path, then, status) -> None:
    async with house.client(**{"Idempotency-Key": "k"}) as http:
        for _ in range(12):  # more often than there are connections
            answer = await http.post(path, json={"then": then})
            assert answer.status_code == status, answer.text
        assert (await http.post(path, json={})).status_code == 201
    assert await house.books() == NOTHING | {"events": 1, "writes": 1, "answers": 1}
    assert calls.made == ["called"]


async def test_what_was_not_foreseen_is_not_explained(house: House) -> None:
    async with house.client() as http:
        answer = await http.post("/v1/probes", json={"then": "crash"})
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "a mistake of ours" not in answer.text
    assert answer.headers["X-Request-Id"]


@PATHS
async def test_a_caller_who_leaves_takes_no_connection_along(house: House, path) -> None:
    async with house.client() as http:
        for _ in range(12):
            waiting.clear()
            request = asyncio.create_task(http.post(path, json={"then": "wait"}))
            await waiting.wait()
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
        assert (await http.post(path, json={})).status_code == 201
    assert await house.books() == NOTHING | {"events": 1, "writes": 1}


@PATHS
async def test_what_a_stop_cuts_off_is_told_to_come_again(house: House, path, monkeypatch) -> None:
    monkeypatch.setattr(stopping, "_has_begun", True)
    async with house.client() as http:
        waiting.clear()
        request = asyncio.create_task(http.post(path, json={"then": "wait"}))
        await waiting.wait()
        request.cancel()
        answer = await request
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json()["type"] == "urn:throughline:problem:unavailable"
    assert answer.headers["X-Request-Id"]
    assert await house.books() == NOTHING


@PATHS
async def test_no_transaction_is_left_for_the_pool_to_find(house: House, path, caplog) -> None:
    async with house.client() as http:
        for then in ("refuse", "crash", "answer 404"):
            await http.post(path, json={"then": then})
        waiting.clear()
        request = asyncio.create_task(http.post(path, json={"then": "wait"}))
        await waiting.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
    assert "active transaction" not in caplog.text


async def test_reading_is_noted_but_announces_nothing(house: House) -> None:
    async with house.client() as http:
        assert (await http.get("/v1/probes")).status_code == 200
        assert (await http.get("/v1/hot-probes")).status_code == 200
        assert (await http.get("/v1/probes", params={"announce": True})).status_code == 500
    assert await house.books() == NOTHING | {"reads": 2}


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer ", "Bearer x.y.z", "Basic dGw6eA==", "Bearer \xff"])
async def test_without_a_token_nobody_is_let_in(house: House, token) -> None:
    async with house.client() as http:
        answer = await http.get("/v1/probes", headers={"Authorization": token.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:throughline:problem:unauthenticated"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_the_scope_decides(house: House) -> None:
    district = house.district
    token = await token_of(house.stack, district.client_id, district.client_secret, "goals.read")
    async with house.client(Authorization=f"Bearer {token}") as http:
        assert (await http.get("/v1/probes")).status_code == 200
        refused = await http.post("/v1/probes", json={})
        assert refused.status_code == 403
        assert refused.json()["scopes"] == ["goals.write"]
        acting = await http.get("/v1/probes", headers={"Throughline-Person": str(new_id())})
        assert (acting.status_code, acting.json()["scopes"]) == (403, ["act_as"])


async def test_a_person_must_be_one_of_this_district(house: House) -> None:
    async with house.client() as http:
        for person, status in (("nobody", 422), ("", 422), (str(new_id()), 403)):
            answer = await http.get("/v1/probes", headers={"Throughline-Person": person})
            assert answer.status_code == status, answer.text
    assert await house.books() == NOTHING


async def test_who_asks_and_for_whom_is_said_once(house: House) -> None:
    """Of two, one may be what a proxy has put and one what its caller has: nobody chooses between them."""
    async with house.client() as http:
        for name, values, status in (
            ("Authorization", (http.headers["Authorization"], "Bearer x"), 401),
            ("Throughline-Person", (str(new_id()), str(new_id())), 422),
            ("Idempotency-Key", ("one", "two"), 422),
        ):
            answer = await http.post("/v1/probes", json={}, headers=[(name, value) for value in values])
            assert answer.status_code == status, (name, answer.text)
    assert await house.books() == NOTHING


async def test_the_acting_person_is_who_did_it(house: House) -> None:
    person = new_id()
    database = house.stack.runtimes["coaching"].database
    async with database.transaction(house.district.id) as connection:
        await connection.execute(
            """insert into coaching.copied_people (district_id, id, given_name, family_name, archived, version)
               values ($1, $2, 'Ada', 'Byron', false, 1)""",
            house.district.id,
            person,
        )
    async with house.client(**{"Throughline-Person": str(person)}) as http:
        assert (await http.get("/v1/probes")).json()["person"] == str(person)
        assert (await http.post("/v1/probes", json={})).status_code == 201
        assert (await http.get("/v1/audit-events/coaching")).status_code == 403, "the log names who read whose coaching"
        async with house.client() as machine:
            audit = (await machine.get("/v1/audit-events/coaching")).json()["data"]
        assert {row["person_id"] for row in audit} == {str(person)}
        async with database.transaction(house.district.id) as connection:
            await connection.execute("update coaching.copied_people set archived = true")
        assert (await http.get("/v1/probes")).status_code == 403, "who left acts no more"


async def test_past_times_need_the_scope_backfill(house: House) -> None:
    past, district = "2020-01-02T03:04:05Z", house.district
    async with house.client() as http:
        answer = await http.post("/v1/probes", json={"at": past})
        assert answer.json()["at"] == "2020-01-02T03:04:05+00:00"
        audit = (await http.get("/v1/audit-events/coaching")).json()["data"]
        assert audit[-1]["source"] == "backfill"
        assert (await http.post("/v1/probes", json={"at": "2200-01-01T00:00:00Z"})).status_code == 422
    token = await token_of(house.stack, district.client_id, district.client_secret, "goals.write")
    async with house.client(Authorization=f"Bearer {token}") as http:
        refused = await http.post("/v1/probes", json={"at": past})
        assert (refused.status_code, refused.json()["scopes"]) == (403, ["backfill"])

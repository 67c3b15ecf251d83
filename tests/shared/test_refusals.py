"""Bad input is a clear 4xx in the tongue of its path, and an outage a 503: never a 500, never half-written."""

import asyncio
import gzip

import asyncpg
import httpx
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.errors import BY_STATUS, Unavailable
from shared.testing.stack import District, Stack
from tests.shared.probe import House, open_app

JSON = {"Content-Type": "application/json"}
DEEP = b'{"name":' + b"[" * 5000 + b"]" * 5000 + b"}"


def assert_problem(answer: httpx.Response, status: int) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("urn:throughline:problem:")
    assert body["title"]
    assert body["detail"]
    return body


BODIES: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{", "#"),
    "no UTF-8": (b'{"name":"\xff"}', "#"),
    "too deep": (DEEP, "#"),
    "NUL": (rb'{"name":"a\u0000"}', "#/name"),
    "a lone surrogate": (rb'{"name":"a\ud800"}', "#/name"),
    "a number for a string": (b'{"name":1}', "#/name"),
    "a year too far": (b'{"at":"9999-12-31T23:59:59-10:00"}', "#/at"),
    "a time without a zone": (b'{"at":"2026-01-01T00:00:00"}', "#/at"),
    "a time as a number": (b'{"at":1767225600}', "#/at"),
    "an unknown member": (b'{"a/b~c":1}', "#/a~1b~0c"),
    "a bad key in a map": (b'{"labels":{"bad key!":"x"}}', "#/labels/bad key!/[key]"),
    "too many members": (b'{"labels":{"a":"1","b":"2","c":"3","d":"4"}}', "#/labels"),
    "a list": (b"[]", "#"),
    "nothing": (b"", "#"),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_bad_body_is_422_and_says_where(house: House, name) -> None:
    content, pointer = BODIES[name]
    async with house.client() as http:
        answer = await http.post("/v1/probes", content=content, headers=JSON)
    body = assert_problem(answer, 422)
    if "errors" in body:
        assert body["errors"][0]["pointer"] == pointer
        assert body["errors"][0]["code"]
        assert body["errors"][0]["message"]
    assert (await house.books())["events"] == 0


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
async def test_another_media_type_is_415(house: House, media) -> None:
    async with house.client() as http:
        assert_problem(await http.post("/v1/probes", content=b"{}", headers={"Content-Type": media}), 415)


@pytest.mark.parametrize("coding", ["gzip", "br", "GZIP", "identity, gzip", "x" * 99, "\x01"])
async def test_a_coded_body_is_415_and_says_what_is_taken(house: House, coding) -> None:
    async with house.client() as http:
        answer = await http.post(
            "/v1/probes", content=gzip.compress(b"{}"), headers=JSON | {"Content-Encoding": coding}
        )
        assert_problem(answer, 415)
        assert answer.headers["Accept-Encoding"] == "identity"
        plain = await http.post("/v1/probes", content=b"{}", headers=JSON | {"Content-Encoding": "identity"})
        assert plain.status_code == 201


async def test_too_large_a_body_is_413(stack: Stack, district: District) -> None:
    async with open_app(stack, max_body_bytes=1024) as app, House(app, stack, district).client() as http:
        assert_problem(await http.post("/v1/probes", json={"name": "x" * 2000}), 413)

        async def stream():
            for _ in range(200):
                yield b" " * 100

        assert_problem(await http.post("/v1/probes", content=stream(), headers=JSON), 413)
        assert (await http.post("/v1/probes", json={})).status_code == 201
        assert (await House(app, stack, district).books())["events"] == 1


async def test_an_unknown_path_is_404(house: House) -> None:
    async with house.client() as http:
        for path in ("/v1/nothing", "/v1/probes/", "/", "/v1/probes/%00", "/v1/%ff"):
            assert_problem(await http.get(path), 404)


async def test_405_names_the_methods_of_every_route_at_the_path(house: House) -> None:
    async with house.client() as http:
        answer = await http.put("/v1/probes")
        assert_problem(answer, 405)
        assert {m.strip() for m in answer.headers["Allow"].split(",")} >= {"GET", "POST", "DELETE"}
        answer = await http.request("BREW", "/v1/hot-probes")
        assert_problem(answer, 405)


async def test_each_path_has_its_own_tongue(stack: Stack, district: District) -> None:
    async with stack.client() as http:
        answer = await http.get("/ims/oneroster/rostering/v1p2/users")
        assert answer.status_code == 401
        assert answer.json()["imsx_codeMajor"] == "failure"
        minor = answer.json()["imsx_CodeMinor"]["imsx_codeMinorField"][0]
        assert minor["imsx_codeMinorFieldValue"] == "unauthorisedrequest"
        answer = await http.delete("/ims/oneroster/rostering/v1p2/users")
        assert (answer.status_code, answer.json()["imsx_severity"]) == (405, "error")
        answer = await http.delete("/oauth2/token")
        assert (answer.status_code, set(answer.json())) == (405, {"error", "error_description"})


class Refused(Exception):
    """What asyncpg's errors look like behind SQLAlchemy's."""

    sqlstate: str | None = None


def behind_sqlalchemy(error: BaseException, *, lost: bool = False) -> DBAPIError:
    return DBAPIError("select 1", {}, error, connection_invalidated=lost)


def quota() -> asyncpg.PostgresError:
    """What PostgreSQL says when a file may not grow: it has no better state for it than that of any inner error."""
    said = {"C": "XX000", "M": 'could not extend file "base/5/1": File too large', "F": "md.c"}
    return asyncpg.PostgresError.new(said)


def wrapped(error: Exception) -> Refused:
    refused = Refused()
    refused.sqlstate, refused.__cause__ = getattr(error, "sqlstate", None), error
    return refused


RAISED: dict[str, tuple[Exception, int]] = {
    "unique": (asyncpg.UniqueViolationError("x"), 409),
    "foreign key": (asyncpg.ForeignKeyViolationError("x"), 422),
    "check": (asyncpg.CheckViolationError("x"), 422),
    "out of range": (asyncpg.NumericValueOutOfRangeError("x"), 422),
    "NUL": (asyncpg.CharacterNotInRepertoireError("x"), 422),
    "what the driver refuses": (asyncpg.DataError("x"), 422),
    "serialisation": (asyncpg.SerializationError("x"), 503),
    "deadlock": (asyncpg.DeadlockDetectedError("x"), 503),
    "lock timeout": (asyncpg.LockNotAvailableError("x"), 503),
    "statement timeout": (asyncpg.QueryCanceledError("x"), 503),
    "too many connections": (asyncpg.TooManyConnectionsError("x"), 503),
    "starting up": (asyncpg.CannotConnectNowError("x"), 503),
    "shut down": (asyncpg.AdminShutdownError("x"), 503),
    "connection lost": (asyncpg.ConnectionDoesNotExistError("x"), 503),
    "connection closed": (asyncpg.InterfaceError("x"), 503),
    "disk full": (asyncpg.DiskFullError("x"), 503),
    "disk failing": (asyncpg.PostgresIOError("x"), 503),
    "a quota": (quota(), 503),
    "a quota, behind SQLAlchemy": (behind_sqlalchemy(wrapped(quota())), 503),
    "cut while it opened, behind SQLAlchemy": (behind_sqlalchemy(wrapped(asyncpg.InternalClientError("x"))), 503),
    "out of range, behind SQLAlchemy": (behind_sqlalchemy(wrapped(asyncpg.DataError("x"))), 422),
    "an inner error of the server": (asyncpg.InternalServerError("x"), 500),
    "no server": (ConnectionRefusedError("x"), 503),
    "no socket": (FileNotFoundError("x"), 503),
    "a long wait": (TimeoutError("x"), 503),
    "no connection free": (PoolTimeoutError("x"), 503),
    "unique, behind SQLAlchemy": (behind_sqlalchemy(asyncpg.UniqueViolationError("x")), 409),
    "lost, behind SQLAlchemy": (behind_sqlalchemy(Exception("x"), lost=True), 503),
    "no socket, behind SQLAlchemy": (behind_sqlalchemy(FileNotFoundError("x")), 503),
    "a column that is not there": (asyncpg.UndefinedColumnError("x"), 500),
    "a right that is not there": (asyncpg.InsufficientPrivilegeError("x"), 500),
    "a mistake of ours": (KeyError("x"), 500),
}


@pytest.mark.parametrize("name", RAISED)
async def test_what_a_store_refuses_is_told_by_its_meaning(house: House, name) -> None:
    house.app.state.raises, status = RAISED[name]
    async with house.client() as http:
        answer = await http.get("/v1/raise")
        assert_problem(answer, status)
        if status == 503:
            assert answer.headers["Retry-After"]
        assert (await http.get("/v1/probes")).status_code == 200


async def test_without_a_database_the_answer_is_503(stack: Stack, district: District) -> None:
    """The pools of the house are pointed at a port on which nobody listens."""
    nowhere = "postgresql://throughline_app@127.0.0.1:9/none"
    gone = {"database_url": nowhere, "relay_database_url": nowhere}
    async with open_app(stack, **gone) as app, House(app, stack, district).client() as http:
        for request in (http.get("/v1/probes"), http.get("/v1/hot-probes"), http.post("/v1/probes", json={})):
            async with asyncio.timeout(15):
                answer = await request
            assert_problem(answer, Unavailable.status)
            assert answer.headers["Retry-After"]
        assert (await http.get("/healthz")).status_code == 200
        assert (await http.get("/readyz")).status_code == 503


def test_every_error_has_a_stable_name() -> None:
    assert {status: error.kind().rsplit(":", 1)[1] for status, error in BY_STATUS.items()} == {
        400: "bad-request", 401: "unauthenticated", 403: "forbidden", 404: "not-found", 405: "method-not-allowed",
        409: "conflict", 412: "precondition-failed", 413: "too-large", 415: "unsupported-media", 422: "invalid",
        428: "precondition-required", 429: "too-many-requests", 503: "unavailable",
    }  # fmt: skip

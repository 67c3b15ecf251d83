import asyncio
from uuid import uuid4

import asyncpg
import httpx
import pytest
import structlog
from fastapi import APIRouter, FastAPI
from sqlalchemy.exc import DBAPIError
from starlette.responses import JSONResponse, Response, StreamingResponse

from shared import metrics, tracing
from shared.edge import Edge
from shared.limits import Limiter
from tests.shared.probe import House

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
KEPT = Response(b"{}", media_type="application/json")


def make_app(service: str, limiter: Limiter) -> FastAPI:
    router = APIRouter(prefix="/v1/things")

    @router.get("/crash")
    async def crash() -> None:
        raise RuntimeError("what a pity")

    @router.get("/half")
    async def half() -> Response:
        async def pieces():
            yield b"x"
            raise RuntimeError("what a pity")

        return StreamingResponse(pieces())

    @router.get("/kept")
    async def kept() -> Response:
        return KEPT

    @router.get("/slow")
    async def slow() -> None:
        await asyncio.sleep(30)

    @router.get("/{thing_id}")
    async def read(thing_id: str) -> dict[str, str | None]:
        await limiter.admit("c1")
        tracing.identify(district_id="d1", client_id="c1")
        return {"id": thing_id, "traceparent": tracing.current_traceparent()}

    app = FastAPI()
    app.include_router(router)
    app.add_middleware(
        Edge,
        service=service,
        limiter=limiter,
        crash=lambda _scope, _error: JSONResponse({"title": "sorry"}, 500, media_type="application/problem+json"),
    )
    return app


@pytest.fixture
def service() -> str:
    return f"s{uuid4()}"


@pytest.fixture
async def client(service):
    transport = httpx.ASGITransport(make_app(service, Limiter(None, requests=100)))
    async with httpx.AsyncClient(transport=transport, base_url="http://throughline") as client:
        yield client


@pytest.fixture(autouse=True)
def lines():
    with structlog.testing.capture_logs() as lines:
        yield lines


def counted(service: str) -> dict[tuple[str, str], float]:
    return {
        (sample.labels["operation"], sample.labels["status"]): sample.value
        for family in metrics.REGISTRY.collect()
        for sample in family.samples
        if sample.name == "throughline_request_duration_seconds_count" and sample.labels["service"] == service
    }


async def test_the_request_id_comes_back_and_is_made_when_it_is_missing_or_bad(client):
    assert (await client.get("/v1/things/1", headers={"X-Request-Id": "order-7"})).headers["x-request-id"] == "order-7"
    made = (await client.get("/v1/things/1")).headers["x-request-id"]
    replaced = (await client.get("/v1/things/1", headers={"X-Request-Id": "a b"})).headers["x-request-id"]
    assert len(made) == len(replaced) == 36
    assert made != replaced


async def test_the_callers_trace_goes_on(client):
    answer = (await client.get("/v1/things/1", headers={"traceparent": PARENT})).json()
    assert answer["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert answer["traceparent"] != PARENT
    assert tracing.current_trail() is None


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/things/1", 200),
        ("POST", "/v1/things/1", 405),
        ("GET", "/nowhere", 404),
        ("GET", "/v1/things/crash", 500),
        ("GET", "/openapi.json", 200),
    ],
)
async def test_every_answer_has_its_id_and_its_limits(client, method, path, status):
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["ratelimit-policy"] == '"default";q=100;w=60'
    assert answer.headers["ratelimit"].startswith('"default";r=')
    assert answer.headers.get_list("x-request-id") == [answer.headers["x-request-id"]]


async def test_what_counted_is_told(client):
    await client.get("/v1/things/1")
    assert (await client.get("/v1/things/1")).headers["ratelimit"].startswith('"default";r=98;')


async def test_requests_are_counted_by_route_never_by_path(client, service):
    for path in ("/v1/things/1", "/v1/things/2", "/v1/things/crash", "/nowhere", "/elsewhere"):
        await client.get(path)
    await client.request("PROPFIND", "/v1/things/1")
    assert counted(service) == {
        ("GET /v1/things/{thing_id}", "200"): 2,
        ("GET /v1/things/crash", "500"): 1,
        ("GET unmatched", "404"): 2,
        ("OTHER /v1/things/{thing_id}", "405"): 1,
    }


async def test_one_line_in_the_log_for_each_request(client, service, lines):
    await client.get("/v1/things/1?email=ada@example.org")
    (line,) = lines
    assert line.pop("ms") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "service": service,
        "operation": "GET /v1/things/{thing_id}",
        "status": 200,
    }


async def test_a_crash_is_answered_and_logged(client, lines):
    answer = await client.get("/v1/things/crash")
    assert answer.json() == {"title": "sorry"}
    assert answer.headers["content-type"] == "application/problem+json"
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("request.crashed", "error"),
        ("request", "error"),
    ]


async def test_what_a_store_refuses_is_no_crash(house: House, lines) -> None:
    for error, status, level in (
        (asyncpg.UniqueViolationError("Key (email)=(a@b.c) already exists"), 409, "info"),
        (DBAPIError("insert", {}, asyncpg.CheckViolationError("a@b.c")), 422, "info"),
        (asyncpg.AdminShutdownError("x"), 503, "warning"),
        (KeyError("x"), 500, "error"),
    ):
        lines.clear()
        house.app.state.raises = error
        async with house.client() as http:
            assert (await http.get("/v1/raise")).status_code == status
        said = [line for line in lines if line["event"].startswith("request.")]
        expected = "request.crashed" if status == 500 else "request.refused"
        assert [(line["event"], line["log_level"]) for line in said] == [(expected, level)]
        assert "a@b.c" not in str(said)


async def test_a_crash_half_way_is_left_to_the_server(client, lines):
    with pytest.raises(RuntimeError):
        await client.get("/v1/things/half")
    assert [line["event"] for line in lines] == ["request.crashed", "request"]


async def test_an_answer_that_is_kept_does_not_gather_headers(client):
    for _ in range(3):
        answer = await client.get("/v1/things/kept")
    assert len(answer.headers.get_list("x-request-id")) == 1


async def test_a_caller_who_leaves_is_noted_and_no_longer_in_flight(client, service):
    task = asyncio.create_task(client.get("/v1/things/slow"))
    await asyncio.sleep(0.05)
    assert metrics.in_flight(service).count == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert metrics.in_flight(service).count == 0
    assert counted(service) == {("GET /v1/things/slow", "499"): 1}

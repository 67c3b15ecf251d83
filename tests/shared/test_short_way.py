"""The short way of hot operations gives what FastAPI's own way gives, and they do go it."""

from importlib import import_module

import pytest

from shared.document import routes_of
from shared.routing import UnitRoute
from shared.testing.stack import token_of
from tests.shared.probe import House

AFTER = "0190163d-8694-739b-aea5-966c26f8ad91"
NOT_OF_THE_ANSWER = {"x-request-id", "ratelimit"}


def routes(app) -> dict[str, UnitRoute]:
    return {f"{method} {r.path}": r for r in routes_of(app) if isinstance(r, UnitRoute) for method in r.methods}


async def both(house: House, monkeypatch, method: str, path: str, **sent):
    """Give the answer of each way: status, headers, body."""
    answers = []
    async with house.client() as http:
        for is_short in (True, False):
            if not is_short:
                for route in routes(house.app).values():
                    monkeypatch.setattr(route, "short_way", None)
            answer = await http.request(method, path, **sent)
            kept = {name: value for name, value in answer.headers.items() if name not in NOT_OF_THE_ANSWER}
            answers.append((answer.status_code, kept, answer.content))
    return answers


@pytest.mark.parametrize(
    "asked",
    [
        f"7?after={AFTER}",
        f"7?after={AFTER}&most=9&sort=x&kinds=a&kinds=b",
        f"7?after={AFTER}&sort=",
        f"7?after={AFTER}&after=nobody&limit=4",
        f"7?after={AFTER}&most=10&sort=longer",
        f"7?after={AFTER}&most=",
        f"seven?after={AFTER}&most=x",
        "7",
        "7?after=nobody",
        "7?after=%FF%00&most=1.5",
    ],
)
async def test_parameters_are_read_alike(house: House, monkeypatch, asked) -> None:
    short, fastapis = await both(house, monkeypatch, "GET", f"/v1/short-probes/{asked}")
    assert short == fastapis
    assert short[0] in {200, 422}


@pytest.mark.parametrize("asked", ["", "?limit=7", "?limit=7&count=true", "?limit=0", "?unknown=1", "?after="])
async def test_a_model_of_parameters_is_read_alike(house: House, monkeypatch, asked) -> None:
    short, fastapis = await both(house, monkeypatch, "GET", f"/v1/short-probes{asked}")
    assert short == fastapis


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"then": "refuse"}},
        {"json": {"then": "crash"}},
        {"json": {"then": "answer 404"}},
        {"json": {"then": "nothing known", "name": 3}},
        {"json": []},
        {"content": b"{"},
        {"content": b""},
        {"content": b"{}", "headers": {"Content-Type": "text/plain"}},
        {"content": b"{}", "headers": {"Content-Encoding": "gzip"}},
        {"content": b"x" * 5 * 2**20},
        {"json": {}, "headers": {"Authorization": "Bearer nobody"}},
        {"json": {}, "headers": {"Throughline-Person": "nobody"}},
        {"json": {}, "headers": {"Idempotency-Key": "no key: \u00e9".encode()}},
    ],
    ids=str,
)
async def test_refusals_are_alike(house: House, monkeypatch, sent) -> None:
    short, fastapis = await both(house, monkeypatch, "POST", "/v1/short-probes", **sent)
    assert short == fastapis
    assert short[0] >= 400


async def test_a_missing_scope_is_refused_alike(house: House, monkeypatch) -> None:
    token = await token_of(house.stack, house.district.client_id, house.district.client_secret, "roster.read")
    sent = {"headers": {"Authorization": f"Bearer {token}"}}
    short, fastapis = await both(house, monkeypatch, "GET", "/v1/short-probes", **sent)
    assert short == fastapis
    assert short[0] == 403


async def test_another_method_is_still_refused_by_name(house: House) -> None:
    async with house.client() as http:
        answer = await http.delete("/v1/short-probes")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")


def test_only_plain_hot_operations_go_the_short_way(house: House) -> None:
    assert {name for name, route in routes(house.app).items() if route.short_way and "probes" in name} == {
        "POST /v1/short-probes", "GET /v1/short-probes", "GET /v1/short-probes/{number}",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("districts", "GET /ims/oneroster/rostering/v1p2/users"),
        ("districts", "GET /ims/oneroster/rostering/v1p2/users/{sourcedId:path}"),
        ("districts", "GET /ims/oneroster/v1p1/enrollments"),
        ("observations", "POST /v1/observations"),
    ],
)
def test_the_operations_that_are_measured_go_it(service, operation) -> None:
    router = [r for one in import_module(f"services.{service}.app").ROUTERS for r in one.routes]
    (route,) = [r for r in router if isinstance(r, UnitRoute) and operation.split()[1] == r.path
                and operation.split()[0] in r.methods]  # fmt: skip
    assert route.short_way is not None

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

import httpx
import pytest

from services import all_in_one
from shared.clock import now
from shared.jobs import heartbeat
from shared.local.servers import Urls
from shared.settings import SERVICE_NAMES


@pytest.fixture(scope="module")
async def house(urls: Urls, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Any]]:
    """The four apps, made as the API process makes them: that takes seconds."""
    data = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in asdict(urls).items():
            patch.setenv(name.upper(), value)
        patch.setenv("THROUGHLINE_DATA_DIR", str(data))
        patch.setenv("THROUGHLINE_SERVICE_KEY", "key")
        apps = all_in_one.create_apps()
    async with all_in_one.lifespans(apps):
        yield {"apps": apps, "data": data}


@pytest.fixture
async def public(house: dict[str, Any]) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=all_in_one.dispatcher(house["apps"]))
    async with httpx.AsyncClient(transport=transport, base_url="http://all") as client:
        yield client


async def test_ready_means_every_service_and_every_worker(house: dict[str, Any], public: httpx.AsyncClient) -> None:
    assert (await public.get("/healthz")).json() == {"status": "ok"}
    answer = await public.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == dict.fromkeys(SERVICE_NAMES, "ready") | {
        f"{name} worker": "not ready" for name in SERVICE_NAMES
    }
    for name in SERVICE_NAMES:
        heartbeat.beat(house["data"], name, now())
    answer = await public.get("/readyz")
    assert answer.status_code == 200
    assert set(answer.json().values()) == {"ready"}
    heartbeat.beat(house["data"], "coaching", now() - heartbeat.FRESH * 2)
    assert (await public.get("/readyz")).json()["coaching worker"] == "not ready"


async def test_each_service_is_reached_by_its_paths(public: httpx.AsyncClient) -> None:
    for name in SERVICE_NAMES:
        assert (await public.get(f"/v1/jobs/{name}")).status_code == 401
    nowhere = await public.get("/v1/nothing-of-ours")
    assert nowhere.status_code == 404
    assert nowhere.headers["content-type"] == "application/problem+json"
    assert nowhere.json()["type"] == "urn:throughline:problem:not-found"
    assert nowhere.headers["x-request-id"]


async def test_internal_has_no_public_address(house: dict[str, Any], public: httpx.AsyncClient) -> None:
    feed, key = "/internal/districts/feed", {"Throughline-Service-Key": "key"}
    assert (await public.get(feed, headers=key)).status_code == 404
    private = httpx.ASGITransport(app=all_in_one.private_dispatcher(house["apps"]))
    async with httpx.AsyncClient(transport=private, base_url="http://internal", headers=key) as client:
        assert (await client.get(feed)).status_code == 200
        assert (await client.get("/v1/jobs/districts")).status_code == 404
        assert (await client.get("/readyz")).status_code == 404


async def test_one_document_for_all(house: dict[str, Any], public: httpx.AsyncClient) -> None:
    merged = (await public.get("/openapi.json")).json()
    assert merged["openapi"] == "3.1.0"
    paths = {path for app in house["apps"].values() for path in app.openapi()["paths"]}
    assert set(merged["paths"]) == paths
    assert not [path for path in paths if path.startswith("/internal")]
    page = await public.get("/docs")
    assert page.status_code == 200
    assert "/openapi.json" in page.text
    assert b"throughline_requests_in_flight" in (await public.get("/metrics")).content


async def test_every_public_path_is_within_its_owners_prefixes(house: dict[str, Any]) -> None:
    prefixes = all_in_one.prefixes_of()
    lost = [
        (name, path)
        for name, app in house["apps"].items()
        for path in app.openapi()["paths"]
        if not any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes[name])
    ]
    assert lost == []

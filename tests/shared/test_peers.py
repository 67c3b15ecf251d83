"""Calls between services, on the wire: what a peer is told besides the question."""

from pathlib import Path

import httpx

from shared import tracing
from shared.local.servers import Urls
from shared.peers import KEY_HEADER, open_peers
from shared.settings import Settings
from shared.testing.servers import settings_of

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def test_a_peer_goes_on_in_the_callers_trace_under_its_request_id(urls: Urls, tmp_path: Path) -> None:
    heard: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append(request.headers)
        return httpx.Response(200, json={})

    settings = Settings(**settings_of(urls, tmp_path))
    peer = open_peers(settings, httpx.MockTransport(answer))["districts"]
    with tracing.bind(PARENT, "order-7") as trail:
        await peer.get("/internal/districts/jwks")
    await peer.get("/internal/districts/jwks")
    assert [h.get("traceparent") for h in heard] == [str(trail.span), None]
    assert [h.get("x-request-id") for h in heard] == ["order-7", None]
    assert all(h[KEY_HEADER] for h in heard)

"""Calls between services, on the wire: what a peer is told besides the question."""

from pathlib import Path

import httpx
import pytest

from shared import tracing
from shared.jobs.outages import is_outage
from shared.local.servers import Urls
from shared.peers import KEY_HEADER, checked, open_peers
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


@pytest.mark.parametrize(("status", "passes"), [(503, True), (500, True), (409, False), (401, False)])
def test_a_peer_that_is_in_trouble_is_an_outage_and_one_that_refuses_is_not(status: int, passes: bool) -> None:
    with pytest.raises(Exception, match=str(status)) as raised:
        checked(httpx.Response(status, request=httpx.Request("GET", "http://internal/internal/districts/feed")))
    assert is_outage(raised.value) is passes

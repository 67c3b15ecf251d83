"""How services ask each other: one httpx client for each peer, on /internal/* only, with the service key.

404 is None, a transport failure or a 5xx is PeerUnavailable. Reads are tried again; never call with a transaction open.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from shared.errors import Unavailable
from shared.settings import SERVICE_NAMES, Settings
from shared.tracing import outgoing

KEY_HEADER = "Throughline-Service-Key"
TIMEOUT = httpx.Timeout(10.0, connect=2.0)
_ATTEMPTS = 3

Peers = Mapping[str, httpx.AsyncClient]


class PeerUnavailable(Unavailable, title="Another part of Throughline does not answer; try again"):
    pass


def open_peers(settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> dict[str, httpx.AsyncClient]:
    """Make a client for each service. `transport` (tests) carries every call in place of the network."""
    return {name: _client(settings, settings.peer_url(name), transport) for name in SERVICE_NAMES}


def _client(settings: Settings, url: str, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    parts = urlsplit(url)
    base_url = url
    if parts.scheme == "unix":
        base_url = "http://internal"
        transport = transport or httpx.AsyncHTTPTransport(uds=parts.path)
    headers = {KEY_HEADER: settings.service_key.get_secret_value()}
    return httpx.AsyncClient(
        base_url=base_url,
        transport=transport,
        headers=headers,
        timeout=TIMEOUT,
        trust_env=False,
        event_hooks={"request": [_follow]},
    )


async def _follow(request: httpx.Request) -> None:
    """Let the peer go on in our trace, under our request's id."""
    request.headers.update(outgoing())


async def ask(client: httpx.AsyncClient, path: str, **parameters: Any) -> Any | None:
    """GET JSON of a peer: None for 404, PeerUnavailable when it cannot be had after three attempts."""
    given = {name: value for name, value in parameters.items() if value is not None}
    for attempt in range(_ATTEMPTS):
        try:
            answer = await client.get(path, params=given)
        except httpx.TransportError as error:
            if attempt == _ATTEMPTS - 1:
                raise PeerUnavailable(f"{client.base_url.host} does not answer") from error
        else:
            if answer.status_code == httpx.codes.NOT_FOUND:
                return None
            if not answer.is_server_error or attempt == _ATTEMPTS - 1:
                return orjson.loads(checked(answer).content)
        await asyncio.sleep(0.05 * 2**attempt)
    return None


def checked(answer: httpx.Response) -> httpx.Response:
    """Give a good answer back. A 5xx is an outage, which passes; any other refusal is a mistake of ours."""
    if answer.is_server_error:
        raise PeerUnavailable(f"{answer.url.path} answers {answer.status_code}")
    return answer.raise_for_status()


async def close_peers(peers: Peers) -> None:
    for client in peers.values():
        await client.aclose()

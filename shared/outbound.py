"""Calls to addresses that a client of ours named: never into our own network, unless the operator says which part.

A name is resolved once and the connection goes to the address that was looked at, so that a name which changes its
mind in between (DNS rebinding) gains nothing. Plain http is only for the networks that the operator named. Redirects
are not followed, by httpx's own default: they are the other way around this.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

import httpx
import orjson

from shared.errors import AppError
from shared.networks import Network, is_allowed

_OK = 200


class AddressRefused(AppError, status=422, title="This address is not one that may be asked from here"):
    pass


class OutboundFailed(Exception):
    """It did not give what it was asked for. The text repeats nothing of what it said."""


class GuardedTransport(httpx.AsyncBaseTransport):
    def __init__(self, networks: Iterable[Network] = (), *, connections: int = 100) -> None:
        """Ask with at most so many connections to one name at a time."""
        self._networks = tuple(networks)
        self._limits = httpx.Limits(max_connections=connections, max_keepalive_connections=20)
        # A pool for each name: a connection whose certificate was held against one name must not serve another one
        # that lies at the same address.
        self._inner: dict[str, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        address = await self._address(host, request.url.port, plain=request.url.scheme != "https")
        if (inner := self._inner.get(host)) is None:  # making one reads the system's certificates: 20 ms
            inner = self._inner[host] = httpx.AsyncHTTPTransport(trust_env=False, limits=self._limits)
        return await inner.handle_async_request(
            httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,  # `Host` still names it
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},  # which the certificate is held against
            )
        )

    async def aclose(self) -> None:
        for inner in self._inner.values():
            await inner.aclose()

    async def _address(self, host: str, port: int | None, *, plain: bool) -> str:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"{host} cannot be resolved") from error
        for *_, place in found:
            if is_allowed(ipaddress.ip_address(str(place[0]).partition("%")[0]), self._networks, plain=plain):
                return str(place[0])
        raise AddressRefused(
            f"{host} {'may not be asked over plain http' if plain else 'is in no public network'}; an operator can"
            " name its network in OUTBOUND_NETWORKS"
        )


async def read_json(
    url: str, networks: Iterable[Network] = (), *, largest: int = 256 * 1024, seconds: float = 5.0
) -> dict[str, Any]:
    """Read a small JSON object that lies open at an address which a client named."""
    try:
        async with asyncio.timeout(seconds):
            body = await _read(url, networks, largest)
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise OutboundFailed("it answered with something that is not JSON") from None
    except TimeoutError:
        raise OutboundFailed(f"it gave no answer in {seconds:g} seconds") from None
    except AddressRefused as error:
        raise OutboundFailed(error.detail) from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # the last: `xn--` is no name
        raise OutboundFailed(f"it cannot be reached: {type(error).__name__}") from None
    if not isinstance(said, dict):
        raise OutboundFailed("it answered with JSON that is no object")
    return said


async def _read(url: str, networks: Iterable[Network], largest: int) -> bytes:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Throughline"}
    async with (
        httpx.AsyncClient(transport=GuardedTransport(networks), headers=headers, trust_env=False) as http,
        http.stream("GET", url) as answer,
    ):
        if answer.status_code != _OK:
            raise OutboundFailed(f"it answered {answer.status_code}")
        body = bytearray()
        async for piece in answer.aiter_raw():  # as it came: nothing is unpacked into more than was sent
            body += piece
            if len(body) > largest:
                raise OutboundFailed(f"it answered with more than {largest >> 10} KiB")
        return bytes(body)

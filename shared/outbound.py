"""Calls to addresses that a client of ours named: never into our own network, unless the operator says which part.

A name is resolved once and the connection goes to the address that was looked at, so that a name which changes its
mind in between (DNS rebinding) gains nothing. Plain http is only for the networks that the operator named. Redirects
are not followed, by httpx's own default: they are the other way around this.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable

import httpx

from shared.errors import AppError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(AppError, status=422, title="This address is not one that may be asked from here"):
    pass


def networks_of(text: str) -> tuple[Network, ...]:
    """Read networks parted by commas: `10.20.0.0/16,127.0.0.1`."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def is_allowed(address: Address, networks: Iterable[Network], *, plain: bool) -> bool:
    plainer = getattr(address, "ipv4_mapped", None) or address
    if any(plainer in network for network in networks):
        return True
    return plainer.is_global and not plainer.is_multicast and not plain


class GuardedTransport(httpx.AsyncBaseTransport):
    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self._networks = tuple(networks)
        self._inner = httpx.AsyncHTTPTransport(trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        address = await self._address(host, request.url.port, plain=request.url.scheme != "https")
        return await self._inner.handle_async_request(
            httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,  # `Host` still names it
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},  # which the certificate is held against
            )
        )

    async def aclose(self) -> None:
        await self._inner.aclose()

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
            " name its network in DISTRICTS_ROSTER_SOURCE_NETWORKS"
        )

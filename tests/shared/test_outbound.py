"""Where a call that somebody else named may go."""

import ipaddress
from typing import Any

import httpx
import pytest

from shared.networks import is_allowed, networks_of
from shared.outbound import AddressRefused, GuardedTransport

OURS = networks_of("10.20.0.0/16, 127.0.0.1")


@pytest.mark.parametrize(
    ("address", "plain", "secure"),
    [
        ("93.184.216.34", False, True),
        ("2606:2800:220:1::1", False, True),
        ("10.20.3.4", True, True),
        ("10.21.3.4", False, False),
        ("127.0.0.1", True, True),
        ("127.0.0.2", False, False),
        ("::1", False, False),
        ("::ffff:127.0.0.1", True, True),
        ("::ffff:10.21.0.1", False, False),
        ("169.254.169.254", False, False),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
        ("100.64.0.1", False, False),
        ("fd00::1", False, False),
    ],
)
def test_only_public_addresses_and_those_that_were_named(address: str, plain: bool, secure: bool) -> None:
    it = ipaddress.ip_address(address)
    assert (is_allowed(it, OURS, plain=True), is_allowed(it, OURS, plain=False)) == (plain, secure)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "https://localhost:9/x", "https://[::1]:9/", "https://0x7f.1/"]
)
async def test_our_own_network_is_refused_before_anything_is_sent(url: str) -> None:
    async with httpx.AsyncClient(transport=GuardedTransport()) as http:
        with pytest.raises(AddressRefused):
            await http.get(url)


async def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    transport, sent = GuardedTransport(networks_of("10.0.0.0/8")), []

    async def note(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    async def found(self: Any, host: str, *_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", ("10.1.2.3", 443))]

    monkeypatch.setattr(transport._inner, "handle_async_request", note)
    monkeypatch.setattr("asyncio.BaseEventLoop.getaddrinfo", found)
    async with httpx.AsyncClient(transport=transport) as http:
        await http.get("https://sis.example/token?a=%2D")
    (request,) = sent
    assert str(request.url) == "https://10.1.2.3/token?a=%2D"
    assert (request.headers["Host"], request.extensions["sni_hostname"]) == ("sis.example", "sis.example")

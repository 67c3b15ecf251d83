"""Where a call that somebody else named may go."""

import ipaddress
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.networks import is_allowed, networks_of
from shared.outbound import AddressRefused, GuardedTransport, OutboundFailed, read_json

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
        ("fd00:ec2::254", False, False),  # Amazon's metadata
        ("168.63.129.16", False, False),  # Microsoft's, with a public number
        ("100.100.100.200", False, False),  # Alibaba's
        ("fe80::1", False, False),
        ("fec0::1", False, False),  # site-local, long gone, still routed by some
        ("::127.0.0.1", False, False),  # IPv4-compatible
        ("::ffff:0:127.0.0.1", False, False),  # IPv4-translated
        ("64:ff9b::7f00:2", False, False),  # NAT64 of 127.0.0.2
        ("64:ff9b::a9fe:a9fe", False, False),  # NAT64 of 169.254.169.254
        ("64:ff9b::5db8:d822", False, True),  # NAT64 of a public address: how IPv6-only networks reach it
        ("64:ff9b::a14:304", True, True),  # NAT64 of 10.20.3.4
        ("2002:7f00:1::", False, False),  # 6to4 of 127.0.0.1
        ("2001:0:7f00:1::", False, False),  # Teredo
        ("2001:db8::1", False, False),
        ("ff02::1", False, False),
        ("::", False, False),
        ("240.0.0.1", False, False),
        ("255.255.255.255", False, False),
        ("192.0.0.8", False, False),
        ("198.18.0.1", False, False),
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


async def test_what_is_no_name_is_not_reached() -> None:
    for url in ("https://xn--/", "https://0177.0.0.1/", "https://a..b/"):
        with pytest.raises(OutboundFailed, match="it cannot be reached"):
            await read_json(url)


async def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    transport, sent = GuardedTransport(networks_of("10.0.0.0/8")), []

    async def note(_: Any, request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    async def found(self: Any, host: str, *_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", ("10.1.2.3", 443))]

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", note)
    monkeypatch.setattr("asyncio.BaseEventLoop.getaddrinfo", found)
    made, make = [], httpx.AsyncHTTPTransport
    monkeypatch.setattr(httpx, "AsyncHTTPTransport", lambda **given: made.append(make(**given)) or made[-1])
    async with httpx.AsyncClient(transport=transport) as http:
        for _ in range(3):
            await http.get("https://sis.example/token?a=%2D")
    request = sent[-1]
    assert len(made) == 1, "one pool for a name: each reads all certificates of the system"
    assert str(request.url) == "https://10.1.2.3/token?a=%2D"
    assert (request.headers["Host"], request.extensions["sni_hostname"]) == ("sis.example", "sis.example")


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)), st.booleans())
def test_nothing_that_is_not_global_is_allowed_however_it_is_written(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, plain: bool
) -> None:
    assert not (is_allowed(address, (), plain=True)), "without a named network nothing goes in the clear"
    if not address.is_global:
        assert not is_allowed(address, (), plain=plain)
    if isinstance(address, ipaddress.IPv4Address):
        same = [ipaddress.IPv6Address(f"{start}{address}") for start in ("::ffff:", "64:ff9b::")]
        expected = is_allowed(address, OURS, plain=plain)
        assert [is_allowed(written, OURS, plain=plain) for written in same] == [expected] * 2


async def test_a_name_that_changes_its_mind_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the first answer is public, every later one is our own machine."""
    answers, sent = iter(["93.184.216.34", "127.0.0.1", "127.0.0.1"]), []

    async def found(self: Any, host: str, *_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", (next(answers), 443))]

    async def note(_: Any, request: httpx.Request) -> httpx.Response:
        sent.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://rebound.example/"})

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", note)
    monkeypatch.setattr("asyncio.BaseEventLoop.getaddrinfo", found)
    async with httpx.AsyncClient(transport=GuardedTransport()) as http:
        await http.get("https://rebound.example/")
        with pytest.raises(AddressRefused):
            await http.get("https://rebound.example/")
    async with httpx.AsyncClient(transport=GuardedTransport(), follow_redirects=True) as http:
        with pytest.raises(AddressRefused):
            await http.get("https://rebound.example/")
    assert sent == ["93.184.216.34"]


async def test_two_names_at_one_address_share_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    pools: list[int] = []

    async def found(self: Any, host: str, *_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", ("93.184.216.34", 443))]

    async def note(pool: Any, request: httpx.Request) -> httpx.Response:
        pools.append(id(pool))
        return httpx.Response(200)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", note)
    monkeypatch.setattr("asyncio.BaseEventLoop.getaddrinfo", found)
    async with httpx.AsyncClient(transport=GuardedTransport()) as http:
        for host in ("a.example", "b.example", "a.example"):
            await http.get(f"https://{host}/")
    assert pools[0] == pools[2] != pools[1]


async def test_what_is_not_a_small_json_object_is_refused_without_repeating_it() -> None:
    for url in ("https://127.0.0.1:9/", "https://localhost:9/", "ftp://93.184.216.34/", "https://[::", "nonsense"):
        with pytest.raises(OutboundFailed):
            await read_json(url)

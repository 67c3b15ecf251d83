"""Which addresses may be called on behalf of a client, and what the operator says of them. No I/O."""

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Of IPv6 only this is given out as public; what is not (site-local, IPv4-compatible, ...) counts as global in Python.
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
_BY_TRANSLATION = ipaddress.IPv6Network("64:ff9b::/96")  # NAT64: the last 32 bits are who is really asked
# Global to some Pythons, public to nobody: protocol assignments, 6to4 (which has an IPv4 address in it), documentation;
# and a cloud's metadata service, although its number is public.
_NOBODYS: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16", "2001::/23", "2002::/16", "3fff::/20")
)


def networks_of(text: str) -> tuple[Network, ...]:
    """Read networks parted by commas: `10.20.0.0/16,127.0.0.1`."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def is_allowed(address: Address, networks: Iterable[Network], *, plain: bool) -> bool:
    meant = _meant(address)
    if any(meant in network for network in networks):
        return True
    return _is_public(meant) and not plain


def _meant(address: Address) -> Address:
    """Give whom a connection would reach: an IPv4 address written as IPv6 is that IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _BY_TRANSLATION:
            return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        return address.ipv4_mapped or address
    return address


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast or any(address in network for network in _NOBODYS):
        return False
    return address.version == 4 or address in _PUBLIC_V6  # noqa: PLR2004

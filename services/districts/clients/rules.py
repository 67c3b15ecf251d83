"""What a client is called and what it may be given. A client_id carries its district, so that a token can be asked for
before anybody knows which district's rows may be read."""

import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from shared.access.scopes import ALL, ONEROSTER, SCOPES, expand
from shared.errors import FieldError

_CLIENT_ID = re.compile(r"tl_([0-9a-f]{32})_[0-9a-f]{16}")
# What the standard's wider scope allows includes the narrower one, and consumers ask for either.
_IMPLIED = {f"{ONEROSTER}roster.readonly": f"{ONEROSTER}roster-core.readonly"}


def client_id_of(district_id: UUID, random: str) -> str:
    return f"tl_{district_id.hex}_{random}"


def district_of(client_id: str) -> UUID | None:
    match = _CLIENT_ID.fullmatch(client_id)
    return UUID(match[1]) if match else None


def in_order(scopes: Iterable[str]) -> list[str]:
    """Say each scope once, always in the same order, so that equal grants are equal."""
    given = set(scopes)
    return [ALL] if ALL in given else sorted(given)


def unknown(scopes: Sequence[str]) -> list[FieldError]:
    return [
        FieldError(
            f"#/scopes/{place}", "unknown_scope", f"{scope} is no scope; see /.well-known/oauth-authorization-server"
        )
        for place, scope in enumerate(scopes)
        if scope != ALL and scope not in SCOPES
    ]


def held(scopes: Iterable[str]) -> frozenset[str]:
    """Give all that these scopes amount to."""
    whole = expand(frozenset(scopes))
    return whole | {_IMPLIED[scope] for scope in whole if scope in _IMPLIED}


def beyond(scopes: Iterable[str], own: frozenset[str]) -> list[str]:
    """Give the scopes that somebody with `own` may not hand out: no client may do more than its maker."""
    return sorted(held(scopes) - held(own))


def narrows(before: Iterable[str], after: Iterable[str]) -> bool:
    return bool(held(before) - held(after))

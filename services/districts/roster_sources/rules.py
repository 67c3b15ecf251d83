"""What a source may say."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import httpx

COLLECTIONS = ("academicSessions", "orgs", "courses", "classes", "users", "enrollments")
OWN_HEADERS = frozenset({"authorization", "connection", "content-length", "content-type", "host", "transfer-encoding"})


class PullMode(StrEnum):
    """`full` asks for everything and says what is gone; `incremental` for what changed since the last pull."""

    FULL = "full"
    INCREMENTAL = "incremental"


def fault_of_url(url: str, *, query: bool) -> str | None:
    """Say what is wrong with an address that we are to ask."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        _ = httpx.URL(url).host  # who asks reads it more strictly: 0177.0.0.1 and xn-- are no hosts
    except (ValueError, httpx.InvalidURL):
        return "is no address"
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        return "must be https://host/path"
    if parts.username is not None or parts.fragment:
        return "must hold neither a user nor a fragment"
    if parts.query and not query:
        return "must have no query"
    return None


def origin(url: str | None) -> tuple[str, str | None, int | None] | None:
    """Give whom a secret is shown to."""
    if url is None:
        return None
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def moves(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Say whether the secret would now be shown to somebody else."""
    return any(origin(before[name]) != origin(after[name]) for name in ("base_url", "token_url"))

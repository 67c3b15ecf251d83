"""Several services behind one address: the first segments of a path say whose it is.

Not `mount`: that strips prefixes from paths, tries one after the other, and never runs the lifespans of what it mounts.
"""

from collections.abc import Iterable, Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

LONGEST_PREFIX = 3


def kernel_prefixes(service: str) -> tuple[str, ...]:
    """What the kernel gives each service besides the prefixes that the service declares."""
    return (f"/v1/jobs/{service}", f"/v1/audit-events/{service}")


def internal_prefix(service: str) -> str:
    return f"/internal/{service}"


def table_of(prefixes: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Give the owner of each prefix. No path may have two, or who answers would depend on the order."""
    owners: dict[str, str] = {}
    for owner, its_prefixes in prefixes.items():
        for prefix in its_prefixes:
            if not prefix.startswith("/") or not 1 <= prefix.count("/") <= LONGEST_PREFIX or prefix.endswith("/"):
                raise ValueError(f"{owner} declares {prefix!r}: one to {LONGEST_PREFIX} segments, no slash at the end")
            if prefix in owners:
                raise ValueError(f"{prefix} belongs to {owners[prefix]} and to {owner}")
            owners[prefix] = owner
    for prefix, owner in owners.items():
        above = [prefix[:at] for at, letter in enumerate(prefix) if letter == "/" and at]
        for outer in above:
            if owners.get(outer, owner) != owner:
                raise ValueError(f"{prefix} of {owner} lies within {outer} of {owners[outer]}")
    return owners


class Dispatcher:
    """Hands a request to the app that owns its path; all else, the lifespan too, to `otherwise`."""

    def __init__(self, apps: Mapping[str, ASGIApp], otherwise: ASGIApp) -> None:
        self._apps = dict(apps)
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._find(scope["path"]) if scope["type"] == "http" else None
        await (app or self._otherwise)(scope, receive, send)

    def _find(self, path: str) -> ASGIApp | None:
        parts = path.split("/", LONGEST_PREFIX + 1)
        # Two segments first: nearly every path is /v1/<noun>/...
        for length in (3, 4, 2):
            if len(parts) >= length and (app := self._apps.get("/".join(parts[:length]))) is not None:
                return app
        return None

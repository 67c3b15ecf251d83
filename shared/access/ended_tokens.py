"""Tokens that end before their time: what they hang on was revoked, or may do less than it could.

A token hangs on its client, on the secret that it was given for, on the identity provider that vouched for its person,
of a partner's client on the partner and on its agreements, and on its own `jti`. Any of these is a *subject* here.

districts tells it by its feed, and each service keeps it in a table of its own. A verifier holds the few rows that
can still matter, those younger than a token's life, and loads them again when a request comes and they are two seconds
old. That is one small statement of the relay role (it sees every district's) in two seconds, instead of one in every
request; a machine's request has none into which the question could be folded. From the revocation to the last request
that is let in it is the feed's lag and those two seconds; while a service's worker is down, the rest of the token's
life, fifteen minutes at most.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from shared.clock import now
from shared.database import Database

RELOAD_SECONDS = 2.0
_PATIENCE_SECONDS = 10.0

Load = Callable[[], Awaitable[Mapping[str, float]]]


class EndedTokens:
    def __init__(self, load: Load) -> None:
        self._load = load
        self._ended: Mapping[str, float] = {}
        self._loaded = float("-inf")
        self._loading = asyncio.Lock()

    async def ended_at(self, *subjects: str) -> float:
        """Give the moment (POSIX) before which the tokens were issued that hold no more."""
        age = time.monotonic() - self._loaded
        # Others go on with what is known while one loads, unless nobody has asked for long.
        if age > RELOAD_SECONDS and (age > _PATIENCE_SECONDS or not self._loading.locked()):
            async with self._loading:
                if time.monotonic() - self._loaded > RELOAD_SECONDS:
                    self._ended = await self._load()
                    self._loaded = time.monotonic()
        return max(self._ended.get(subject, float("-inf")) for subject in subjects)


def load_from(database: Database, lifetime: timedelta) -> Load:
    async def load() -> Mapping[str, float]:
        rows = await database.relay.fetch(
            f"""select subject, extract(epoch from ended_at)::float8 as ended_at
                from {database.schema}.ended_tokens
                where ended_at > $1""",
            now() - lifetime,
        )
        return {row["subject"]: row["ended_at"] for row in rows}

    return load

"""What one process of one service holds: `app.state.runtime` in the API, the job context's in the worker."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Self

from redis.asyncio import Redis

from shared.access.ended_tokens import EndedTokens, load_from
from shared.access.known_people import KnownPeople
from shared.access.tokens import TOKEN_SECONDS, FetchJwks, TokenVerifier
from shared.blobs import Blobs
from shared.database import Database
from shared.jobs.outages import hear_unheard
from shared.jobs.queue import Queue
from shared.limits import Limiter
from shared.peers import Peers, ask, close_peers, open_peers
from shared.settings import Settings
from shared.tracing import open_spans

if TYPE_CHECKING:
    from shared.spans import Spans


@dataclass
class Runtime:
    service: str
    settings: Settings
    database: Database
    peers: Peers
    queue: Queue
    blobs: Blobs
    verifier: TokenVerifier
    limiter: Limiter
    uploads: Limiter
    spans: "Spans | None"
    known_people: KnownPeople = field(default_factory=KnownPeople)

    @classmethod
    async def open(cls, service: str, settings: Settings, peers: Peers | None = None) -> Self:
        asyncio.get_running_loop().set_exception_handler(hear_unheard)
        database = Database(service, settings.database_url, settings.relay_database_url, settings.pool_size)
        await database.open()
        peers = peers if peers is not None else open_peers(settings)
        return cls(
            service=service,
            settings=settings,
            database=database,
            peers=peers,
            queue=Queue(settings.redis_url),
            blobs=Blobs.open(settings.blobs),
            verifier=TokenVerifier(
                _jwks_of(peers),
                EndedTokens(load_from(database, timedelta(seconds=TOKEN_SECONDS))),
                settings.public_url,
                settings.data_dir / "cache" / "jwks.json",
            ),
            limiter=limiter_of(settings.redis_url, settings.requests_per_minute),
            uploads=limiter_of(settings.redis_url, settings.uploads_per_minute, "uploads"),
            spans=spans_of(service, settings.otel_endpoint),
        )

    async def close(self) -> None:
        await close_peers(self.peers)
        await self.queue.close()
        if (redis := _redis_of(self.settings.redis_url)) is not None:
            await redis.aclose(close_connection_pool=True)  # another service of this process connects again
        await self.database.close()
        if self.spans:
            await asyncio.to_thread(self.spans.flush)


@cache
def spans_of(service: str, endpoint: str) -> "Spans | None":
    """Give a service's one way out for spans in this process, for its requests and its jobs."""
    return open_spans(service, endpoint)


@cache
def limiter_of(redis_url: str, requests_per_minute: int, name: str = "default") -> Limiter:
    """Give the one limiter of this process: the services in it share their clients' windows."""
    return Limiter(_redis_of(redis_url), requests=requests_per_minute, name=name)


@cache
def _redis_of(redis_url: str) -> Redis | None:
    """Give the one pool of this process for all that is counted in Redis."""
    return Redis.from_url(redis_url, socket_timeout=1.0, socket_connect_timeout=1.0) if redis_url else None


def _jwks_of(peers: Peers) -> FetchJwks:
    async def fetch() -> dict[str, object]:
        jwks = await ask(peers["districts"], "/internal/districts/jwks")
        return jwks or {"keys": []}

    return fetch

"""A database and a Redis of one test's own, and in it two services: one that publishes and one that listens.

For tests of the kernel's feed and jobs, which stop, flush and race things that other tests stand on. Import the fixture
into the conftest.py of the tests that want it.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from shared import refusals
from shared.clock import new_id
from shared.database import Connection
from shared.feed.events import Event, FeedEvent
from shared.feed.routes import feed_router
from shared.feed.sequencer import Sequencer
from shared.feed.subscriber import Subscriber, Subscription
from shared.local.servers import Urls
from shared.migrate import secure
from shared.peers import open_peers
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.servers import TEMPLATE, in_database, run_sql, settings_of, with_database
from shared.units import emit

PUBLISHER, LISTENER = "observations", "analytics"


@dataclass
class Alone:
    urls: Urls
    settings: Settings
    publisher: Runtime
    listener: Runtime
    app: FastAPI  # what the publisher's peers ask
    district_id: UUID = field(default_factory=new_id)

    async def publish(self, *names: str, district_id: UUID | None = None, data: dict[str, Any] | None = None) -> None:
        """Commit events about as many widgets, whose names tell them apart."""
        async with self.publisher.database.unit(district_id or self.district_id, hot=True) as unit:
            for name in names:
                emit(unit, Event("widget.made", "widgets", new_id(), {"name": name} | (data or {}), ("name",)))

    async def sequence(self) -> None:
        while await Sequencer(self.publisher.database).run_once():
            pass

    def subscriber(self, apply: "Callable[..., Awaitable[None]] | None" = None, **more: Any) -> Subscriber:
        return Subscriber(self.listener, [self.subscription(apply, **more)])

    def subscription(self, apply: "Callable[..., Awaitable[None]] | None" = None, **more: Any) -> Subscription:
        return Subscription(PUBLISHER, apply or note, **more)

    async def applied(self, district_id: UUID | None = None) -> list[str]:
        """Give the names that the listener's effects have left behind, in the order of the effects."""
        async with self.listener.database.transaction(district_id or self.district_id) as connection:
            rows = await connection.fetch(f"select name from {LISTENER}.noted order by number")
        return [row["name"] for row in rows]

    async def cursor(self) -> int:
        return int(await self.listener.database.pool.fetchval(f"select position from {LISTENER}.feed_cursors"))

    async def drop_connections(self) -> None:
        """Do to every connection what a restart of PostgreSQL does."""
        await run_sql(
            self.urls.migration_database_url,
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()",
        )

    async def flush_redis(self) -> None:
        async with Redis.from_url(self.settings.redis_url) as redis:
            await redis.flushdb()


async def note(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
    """The effect of the tests: one row for each event, so that one applied twice is seen."""
    await connection.executemany(
        f"insert into {LISTENER}.noted (district_id, name) values ($1, $2)",
        [(district_id, event.data["name"]) for event in events],
    )


@pytest.fixture
async def alone(urls: Urls, worker_id: str, tmp_path: Path) -> AsyncIterator[Alone]:
    name = f"alone_{new_id().hex}"
    own = in_database(urls, name, 8 + int(re.sub(r"\D", "", worker_id) or 0) % 8)
    server = with_database(urls.migration_database_url, "postgres")
    await run_sql(server, f"create database {name} template {TEMPLATE}")
    settings = Settings(**settings_of(own, tmp_path))
    await _add_effects(own, settings)
    async with AsyncExitStack() as stack:
        app = FastAPI()
        refusals.install(app)
        app.include_router(feed_router(PUBLISHER))
        peers = open_peers(settings, httpx.ASGITransport(app=app))
        publisher = await Runtime.open(PUBLISHER, settings, peers)
        stack.push_async_callback(publisher.close)
        listener = await Runtime.open(LISTENER, settings, peers)
        stack.push_async_callback(listener.close)
        app.state.runtime = publisher
        alone = Alone(own, settings, publisher, listener, app)
        await alone.flush_redis()
        yield alone
    await run_sql(server, f"drop database {name} with (force)")


async def _add_effects(urls: Urls, settings: Settings) -> None:
    await run_sql(
        urls.migration_database_url,
        f"""create table {LISTENER}.noted (district_id uuid, number bigint generated always as identity, name text,
                                           primary key (district_id, number))""",
    )
    owner: Connection = await asyncpg.connect(urls.migration_database_url)
    try:
        await secure(owner, LISTENER, settings)
    finally:
        await owner.close()


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is awaited lies in the database or in another process
            await asyncio.sleep(0.01)

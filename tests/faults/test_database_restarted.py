"""The database is started again under us: once it is back, no request fails for a connection of the time before."""

import asyncio
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from shared.clock import new_id
from shared.database import Database
from shared.local.servers import EmbeddedServers

AT_ONCE = 4


@pytest.fixture
def servers() -> Iterator[EmbeddedServers]:
    folder = Path(tempfile.mkdtemp(prefix="tl-"))
    with EmbeddedServers(folder / "data", redis=False, durable=False) as started:
        yield started
    shutil.rmtree(folder)


async def ask(database: Database, district_id: UUID, way: str) -> object:
    if way == "row":
        return await database.row("select pg_sleep(0.05) is not null as done")
    if way == "transaction":
        async with database.transaction(district_id) as connection:
            return await connection.fetchval("select pg_sleep(0.05) is not null")
    async with database.unit(district_id, hot=way == "hot") as unit:
        if way == "hot":
            return await unit.connection.fetchval("select pg_sleep(0.05) is not null")
        return (await unit.session.execute(text("select pg_sleep(0.05) is not null"))).scalar_one()


def start_again(servers: EmbeddedServers, *, cleanly: bool) -> None:
    """Blocks, so that the pools hear nothing of it before the next request does."""
    child = servers.postgres.child
    assert child is not None
    assert child.process is not None
    child.process.send_signal(signal.SIGINT if cleanly else signal.SIGKILL)
    child.process.wait()
    assert servers.restart_ended() == ["Postgres"]


@pytest.mark.parametrize("way", ["row", "transaction", "hot", "session"])
async def test_no_request_fails_once_the_database_is_back(servers: EmbeddedServers, way: str) -> None:
    url, district_id = servers.urls.migration_database_url, new_id()
    owner = await asyncpg.connect(url)
    # What each connection plans to ask (shared/database.py) has to be there.
    await owner.execute(
        """create schema "none";
           create table "none".feed_cursors (publisher text, position bigint, updated_at timestamptz)"""
    )
    await owner.execute("checkpoint")  # these servers lose what was written last
    await owner.close()
    database = await Database("none", url, url, pool_size=AT_ONCE).open()
    for cleanly in (False, True):
        assert all(await asyncio.gather(*(ask(database, district_id, way) for _ in range(AT_ONCE))))
        start_again(servers, cleanly=cleanly)
        assert all(await asyncio.gather(*(ask(database, district_id, way) for _ in range(AT_ONCE))))
    await database.close()

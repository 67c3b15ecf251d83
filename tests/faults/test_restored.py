"""A data folder comes back as it was at an instant, files and all, and goes on from there."""

import asyncio
import hashlib
from contextlib import aclosing
from pathlib import Path

import asyncpg
import pytest

from shared.clock import now
from shared.local.servers import EmbeddedServers
from tests.faults.client import Client
from tests.faults.load import Load, School
from tests.faults.process_tree import IN_MAKE_FAULTS, Up, soon

pytestmark = [pytest.mark.timeout(900), IN_MAKE_FAULTS]


async def command(up: Up, *words: str) -> str:
    done = await asyncio.to_thread(up.run, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def archive_the_log(up: Up) -> None:
    """Do at once what PostgreSQL does after a minute."""
    owner = await asyncpg.connect(EmbeddedServers(up.data_dir).urls.migration_database_url)
    segment = await owner.fetchval("select pg_walfile_name(pg_switch_wal())")
    async with asyncio.timeout(120):
        while not (up.archive / "wal" / segment).exists():  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.05)
    await owner.close()


async def observations(api: Client) -> set[str]:
    return {row["id"] for row in await api.all("/v1/observations")}


async def whole_log(api: Client) -> tuple[str, set[str]]:
    """Give the cursor behind all events, and their ids."""
    page, heard = await api.get("/v1/events", limit=500), set()
    while page["more"] or page["data"]:
        heard |= {event["id"] for event in page["data"]}
        page = await api.get("/v1/events", limit=500, wait=2, after=page["next"])
    return str(page["next"]), heard


async def test_what_was_acknowledged_before_an_instant_is_there_and_nothing_later(running: Up, tmp_path: Path) -> None:
    client = await asyncio.to_thread(running.new_client)
    async with aclosing(Client(running.url, client)) as api:
        load = Load(api, School(), 0)
        await load.school.set_up(api)
        await load.send_file()
        await command(running, "backup")
        await load.send_file()
        before = await observations(api)
        instant = now()
        await load.send_file()
        lost = await observations(api) - before
        cursor, heard = await whole_log(api)
        await archive_the_log(running)
        await command(running, "backup")
    restored = Up(tmp_path / "restored")
    await command(
        restored, "restore", "--from", str(running.archive), "--at", instant.isoformat(timespec="microseconds")
    )
    await asyncio.to_thread(restored.start)
    try:
        assert await asyncio.to_thread(soon, restored.is_ready, 300), restored.log.read_text()[-3000:]
        async with aclosing(Client(restored.url, client)) as api:
            assert (await observations(api), len(before), len(lost)) == (before, 2, 1)
            files = list(load.noted.files.items())
            for attachment, digest in files[:2]:
                got = await api.send("GET", f"/v1/observation-attachments/{attachment}/content", load.school.principal)
                assert hashlib.sha256(got.content).hexdigest() == digest
            assert await api.get_or_none(f"/v1/observation-attachments/{files[2][0]}", load.school.principal) is None
            # Who has read what was lost has a cursor behind it, and still hears of what happens now.
            made = await api.post("/v1/observations", load.new_visit(), person=load.school.principal)
            # What had no place in the feed yet at the instant comes once more, under the id that it had.
            told: list[str] = []
            async with asyncio.timeout(120):
                while not told:
                    page = await api.get("/v1/events", after=cursor, wait=20)
                    told += [event["entity_id"] for event in page["data"] if event["id"] not in heard]
                    cursor = page["next"]
            assert told == [made["id"]]
        await command(restored, "audit", "verify")
    finally:
        await asyncio.to_thread(restored.stop)

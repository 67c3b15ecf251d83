"""`throughline backup` and `restore`: the archive of one data folder, and what a district's readers need after it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from shared.clock import now
from shared.local.archive import SETTING, archive_folder, back_up, restore
from shared.local.attach import servers_while_needed
from shared.local.children import LocalError
from shared.local.environment import servers_for
from shared.local.servers import EmbeddedServers

# Of the events that were told after the instant, readers have cursors. What happens anew comes behind any of those.
GAP = 1_000_000_000


def make_backup(home: Path, keep_days: int) -> Path:
    archive = archive_folder()
    if archive is None:
        raise LocalError(f"set {SETTING} to the folder of the backups, also for `up`, which keeps the log there")
    with servers_while_needed(home):
        return back_up(servers_for(home), archive, now(), timedelta(days=keep_days))


def make_restored(archive: Path, home: Path, at: datetime | None) -> None:
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    try:
        restore(archive.resolve(), home.resolve(), at, lambda servers: asyncio.run(_leave_a_gap(servers)))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise LocalError(f"the log in {archive} does not reach that instant: {error}") from error


async def _leave_a_gap(servers: EmbeddedServers) -> None:
    owner = await asyncpg.connect(servers.urls.migration_database_url)
    try:
        await owner.execute("update districts.event_heads set position = position + $1", GAP)
    finally:
        await owner.close()

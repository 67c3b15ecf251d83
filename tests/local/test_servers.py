import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from shared.local.children import LocalError, command_line
from shared.local.postgres import NOBODY, binaries
from shared.local.servers import EmbeddedServers, socket_folder

HOLDER = """
import signal, sys, time
from shared.local.servers import EmbeddedServers
servers = EmbeddedServers(sys.argv[1], durable=False)
servers.start()
signal.signal(signal.SIGUSR1, lambda *_: servers.lock.release())
print("\\n".join(str(child.pid) for child in (servers.postgres.child, servers.redis.child)), flush=True)
while True:
    time.sleep(600)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    # Not tmp_path: its names are long enough to move the sockets out of the data folder.
    folder = Path(tempfile.mkdtemp(prefix="tl-"))
    yield folder / "data"
    shutil.rmtree(folder)


@contextmanager
def holder(home: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """Another process that runs the servers, and their two pids."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(home)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, [int(process.stdout.readline()) for _ in range(2)]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def ask(servers: EmbeddedServers, question: str) -> object:
    connection = await asyncpg.connect(servers.urls.migration_database_url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def ping(servers: EmbeddedServers) -> bool:
    redis = Redis.from_url(servers.urls.redis_url)
    try:
        return bool(await redis.ping())
    finally:
        await redis.aclose()


def gone(pids: list[int], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while any(command_line(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def are_unreaped(pids: list[int]) -> bool:
    return all(Path(f"/proc/{pid}").exists() for pid in pids)


@pytest.mark.parametrize("version", [16, 18])
async def test_both_servers_start_keep_rows_and_stop(home: Path, version: int) -> None:
    for kept in (0, 1):
        with EmbeddedServers(home, durable=False, postgres_version=version) as servers:
            assert str(await ask(servers, "show server_version")).startswith(f"{version}.")
            assert await ask(servers, "select current_database()") == "throughline"
            assert await ask(servers, "show fsync") == "off"
            assert await ask(servers, "select count(*) from pg_tables where tablename = 'kept'") == kept
            await ask(servers, "create table if not exists kept ()")
            assert await ping(servers)
            pids = [child.pid for child in (servers.postgres.child, servers.redis.child) if child]
        assert not any(command_line(pid or 0) for pid in pids)
        assert not list(servers.sockets.glob("*.pid"))


async def test_it_is_durable_unless_told_otherwise(home: Path) -> None:
    with EmbeddedServers(home, redis=False, postgres_settings={"max_connections": "30"}) as servers:
        assert await ask(servers, "show fsync") == "on"
        assert await ask(servers, "show max_connections") == "30"
        assert not servers.redis.socket.exists()


def test_a_second_start_is_refused_in_one_line(home: Path) -> None:
    with EmbeddedServers(home, postgres=False), pytest.raises(LocalError) as refused:
        EmbeddedServers(home).start()
    assert str(refused.value) == f"Throughline already runs on {home} (process {os.getpid()})"


async def test_a_stop_does_not_wait_for_a_session_at_work(home: Path) -> None:
    with EmbeddedServers(home, redis=False, durable=False) as servers:
        connection = await asyncpg.connect(servers.urls.migration_database_url)
        sleeping = asyncio.create_task(connection.execute("begin; select pg_sleep(30)"))
        await asyncio.sleep(0.1)
        begun = time.monotonic()
        servers.stop()
        assert time.monotonic() - begun < 3
        with pytest.raises((asyncpg.PostgresError, OSError)):
            await sleeping
        connection.terminate()


async def test_servers_end_with_a_killed_parent_and_start_again(home: Path) -> None:
    with holder(home) as (parent, pids):
        parent.kill()
        with EmbeddedServers(home, durable=False) as servers:  # at once, while the old ones may still be ending
            assert await ask(servers, "select 1") == 1
            assert await ping(servers)
        assert gone(pids)


async def test_a_start_after_everything_was_killed(home: Path) -> None:
    with holder(home) as (parent, pids):
        parent.send_signal(signal.SIGUSR1)  # it gives the lock back but reaps nobody: their pids stay taken, as zombies
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        assert gone(pids)
        assert are_unreaped(pids)
        with EmbeddedServers(home, durable=False) as servers:
            assert await ask(servers, "select 1") == 1
            assert await ping(servers)


async def test_dead_servers_are_started_again(home: Path) -> None:
    with EmbeddedServers(home, durable=False) as servers:
        for child in (servers.postgres.child, servers.redis.child):
            assert child is not None
            assert child.process is not None
            child.process.kill()
            child.process.wait()
        assert servers.restart_ended() == ["Postgres", "Redis"]
        assert servers.restart_ended() == []
        assert await ask(servers, "select 1") == 1
        assert await ping(servers)


@pytest.mark.parametrize("name", ["n" * 130, "a folder, with spaces & more"])
async def test_any_data_path_will_do(home: Path, name: str) -> None:
    with EmbeddedServers(home / name, durable=False) as servers:
        assert servers.sockets.stat().st_mode & 0o777 == 0o700
        assert await ask(servers, "select 1") == 1
        assert await ping(servers)
    assert servers.sockets.parent != servers.home
    assert not servers.sockets.exists()


async def test_private_folders_stay_private(home: Path) -> None:
    home.parent.chmod(0o700)
    with EmbeddedServers(home, redis=False, durable=False) as servers:
        assert await ask(servers, "select 1") == 1
    assert home.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_it_runs_without_privileges_too(home: Path) -> None:
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    home.parent.chmod(0o711)
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if subprocess.run([*become, sys.executable, "-c", "import shared"], cwd="/", check=False).returncode:
        pytest.skip("this checkout is in a folder that others cannot enter")
    script = (
        "import sys\nfrom shared.local.servers import EmbeddedServers as E\nwith E(sys.argv[1], durable=False): pass"
    )
    subprocess.run([*become, sys.executable, "-c", script, str(home)], cwd="/", check=True)
    assert (home / "pg").stat().st_uid == NOBODY


def test_half_a_cluster_is_not_taken_for_one(home: Path) -> None:
    (home / "pg.new").mkdir(parents=True)
    (home / "pg.new" / "PG_VERSION").write_text("18")
    with EmbeddedServers(home, redis=False, durable=False):
        assert not (home / "pg.new").exists()


def test_a_stop_while_starting_leaves_nothing(home: Path) -> None:
    servers = EmbeddedServers(home, durable=False)
    with pytest.raises(LocalError, match="stopped while starting"):
        servers.start(interrupted=lambda: True)
    assert servers.postgres.has_ended()
    with EmbeddedServers(home, postgres=False):
        pass


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with pytest.raises(LocalError, match=r"PostgreSQL did not start: .*no_such_setting.*postgres\.log"):
        EmbeddedServers(home, durable=False, postgres_settings={"no_such_setting": "1"}).start()
    with pytest.raises(LocalError, match="has no PostgreSQL 9"):
        binaries(9)


def test_sockets_stay_in_the_data_folder_when_they_fit() -> None:
    assert socket_folder(Path("/srv/throughline")) == Path("/srv/throughline/run")
    assert socket_folder(Path("/srv") / ("x" * 90)).parent == Path(tempfile.gettempdir())


def test_others_cannot_look_into_a_new_data_folder(home: Path) -> None:
    with EmbeddedServers(home, postgres=False):
        assert home.stat().st_mode & 0o777 == 0o700

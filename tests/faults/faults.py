"""What goes wrong: each a function that does it to a running `up` and is done when it is over, not when all is well."""

import asyncio
import os
import random
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import asyncpg
import psutil
from redis.asyncio import Redis
from standardwebhooks.webhooks import WebhookVerificationError
from starlette.requests import Request
from starlette.responses import Response

from shared.local.servers import EmbeddedServers
from tests.districts.webhooks.receiver import Receiver
from tests.faults.load import Load
from tests.faults.process_tree import COMMAND, Up, soon

HOUR = 3600
FAULTS: dict[str, "Fault"] = {}


@dataclass
class Scene:
    up: Up
    load: Load
    receiver: Receiver
    chance: random.Random
    logged: int  # bytes, before it began

    @property
    def urls(self):
        return EmbeddedServers(self.up.data_dir).urls

    def parts(self, *names: str) -> list[psutil.Process]:
        return [part for name in names if (part := self.up.part(name)) is not None]

    async def start_again(self) -> None:
        await asyncio.to_thread(self.up.start)
        assert await asyncio.to_thread(soon, self.up.is_ready, 300), self.up.log.read_text()[-5000:]


class Warehouse(Receiver):
    """Refuses what says that it was sent an hour ago, or in an hour, as the reference library has it."""

    async def take(self, request: Request) -> Response:
        try:
            return await super().take(request)
        except WebhookVerificationError:
            return Response(status_code=400)


Fault = Callable[[Scene], Awaitable[None]]


def fault(function: Fault) -> Fault:
    FAULTS[function.__name__] = function
    return function


def tell(processes: Iterable[psutil.Process], order: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(order)


def with_children(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    found = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            found += [process, *process.children(recursive=True)]
    return found


async def hang(processes: Sequence[psutil.Process], seconds: float) -> None:
    tell(processes, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        tell(processes, signal.SIGCONT)


@fault
async def api_is_killed(scene: Scene) -> None:
    tell(scene.parts("api"), signal.SIGKILL)


@fault
async def api_is_asked_to_stop(scene: Scene) -> None:
    tell(scene.parts("api"), signal.SIGTERM)


@fault
async def worker_is_killed(scene: Scene) -> None:
    tell(scene.parts("worker"), signal.SIGKILL)


@fault
async def worker_is_asked_to_stop(scene: Scene) -> None:
    tell(scene.parts("worker"), signal.SIGTERM)


@fault
async def a_part_hangs(scene: Scene) -> None:
    await hang(scene.parts(scene.chance.choice(("api", "worker", "redis"))), scene.chance.uniform(0.5, 4))


@fault
async def everything_is_killed(scene: Scene) -> None:
    tell(scene.up.tree(), signal.SIGKILL)
    assert scene.up.process is not None
    await asyncio.to_thread(scene.up.process.wait)
    await scene.start_again()


@fault
async def database_is_stopped(scene: Scene) -> None:
    """Fast, at once, or the hard way; the supervisor starts it again."""
    order = scene.chance.choice((signal.SIGINT, signal.SIGQUIT, signal.SIGKILL))
    tell(scene.parts("postgres"), order)


@fault
async def a_session_of_the_database_is_killed(scene: Scene) -> None:
    """After kill -9 of one session PostgreSQL ends all of them and recovers."""
    sessions = with_children(scene.parts("postgres"))[1:]
    if sessions:
        tell([scene.chance.choice(sessions)], signal.SIGKILL)


@fault
async def database_hangs(scene: Scene) -> None:
    await hang(with_children(scene.parts("postgres")), scene.chance.uniform(0.5, 3))


@fault
async def connections_are_cut(scene: Scene) -> None:
    for _ in range(scene.chance.randint(1, 4)):
        with suppress(OSError, asyncpg.PostgresError):
            owner = await asyncpg.connect(scene.urls.migration_database_url, timeout=5)
            await owner.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = $1",
                "throughline",
            )
            await owner.close()
        await asyncio.sleep(scene.chance.uniform(0, 0.5))


@fault
async def clients_go_away(scene: Scene) -> None:
    for _ in range(4):
        await scene.load.vanish(scene.up.port, 20)


@fault
async def redis_is_flushed(scene: Scene) -> None:
    with suppress(OSError):
        async with Redis.from_url(scene.urls.redis_url) as redis:
            await redis.flushall()


@fault
async def redis_is_stopped(scene: Scene) -> None:
    tell(scene.parts("redis"), scene.chance.choice((signal.SIGTERM, signal.SIGKILL)))


@fault
async def no_space_for_files(scene: Scene) -> None:
    """The API and the worker can write no byte: no upload, no log line, no sign of life."""
    await starve(scene.parts("api", "worker"), scene.chance.choice((0, 4096)), scene.chance.uniform(1, 3))


@fault
async def no_space_for_the_database(scene: Scene) -> None:
    await starve(with_children(scene.parts("postgres"))[1:], scene.chance.choice((0, 1 << 20)), 1)


async def starve(processes: Sequence[psutil.Process], limit: int, seconds: float) -> None:
    for process in processes:
        allow(process, f"{limit}:")
    await asyncio.sleep(seconds)
    for process in processes:
        allow(process, "unlimited:")


def allow(process: psutil.Process, size: str) -> None:
    """Say how large a file of a process may be. Only its own account may, and PostgreSQL's is not root's."""
    with suppress(psutil.NoSuchProcess):
        uid, gid = process.uids().real, process.gids().real
        account = [] if uid == os.geteuid() else ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        argv = [*account, "prlimit", f"--pid={process.pid}", f"--fsize={size}"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == 0 or "No such process" in done.stderr, done.stderr


@fault
async def webhook_target_fails(scene: Scene) -> None:
    """It answers 500, redirects, says that it is busy, and hangs."""
    answer = scene.chance.choice((500, 302, 404, 503))
    scene.receiver.headers = {"Location": scene.up.url} if answer == 302 else {"Retry-After": "1"}
    scene.receiver.answers += [answer] * scene.chance.randint(3, 15)
    scene.receiver.hangs = scene.chance.choice((0.0, 1.0, 3.0))
    await asyncio.sleep(scene.chance.uniform(1, 3))
    scene.receiver.hangs = 0


@fault
async def clock_jumps(scene: Scene) -> None:
    """The machine comes up with a clock that is an hour off, or is right again: forwards and backwards."""
    offsets = {-HOUR, 0, HOUR} - {int(scene.up.environment.get("THROUGHLINE_CLOCK_OFFSET", 0))}
    scene.up.environment["THROUGHLINE_CLOCK_OFFSET"] = str(scene.chance.choice(sorted(offsets)))
    await asyncio.to_thread(scene.up.stop)
    await scene.start_again()


@fault
async def another_worker_with_another_clock(scene: Scene) -> None:
    """A worker on another machine, whose clock is an hour off, works beside ours for a while and goes."""
    urls, up = scene.urls, scene.up
    home = up.data_dir.with_name("other")
    home.mkdir(exist_ok=True)
    environment = up.environment | {
        "DATABASE_URL": urls.database_url, "MIGRATION_DATABASE_URL": urls.migration_database_url,
        "RELAY_DATABASE_URL": urls.relay_database_url, "REDIS_URL": urls.redis_url,
        "THROUGHLINE_DATA_DIR": str(home), "THROUGHLINE_BLOB_URL": f"file://{up.data_dir / 'blobs'}",
        "THROUGHLINE_CLOCK_OFFSET": str(scene.chance.choice((-HOUR, HOUR))), "THROUGHLINE_PUBLIC_URL": up.url,
        "THROUGHLINE_SERVICE_KEY": (up.data_dir / "service.key").read_text(),
        **{f"THROUGHLINE_{name}_URL": f"unix://{up.data_dir / 'run' / 'internal.sock'}"
           for name in ("DISTRICTS", "OBSERVATIONS", "COACHING", "ANALYTICS")},
    }  # fmt: skip
    with up.log.open("ab") as log:
        worker = subprocess.Popen([*COMMAND, "work", "all"], env=environment, stdout=log, stderr=log)  # noqa: ASYNC220
    await asyncio.sleep(scene.chance.uniform(2, 5))
    worker.send_signal(scene.chance.choice((signal.SIGTERM, signal.SIGKILL)))
    await asyncio.to_thread(worker.wait)

"""The embedded servers of one data folder: PostgreSQL and Redis, for `throughline up` and for the tests.

`EmbeddedServers(folder).urls` can be read without starting anything: it is how a second command finds the servers
of a running `up`.
"""

import fcntl
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from shared.local.children import LocalError, never, wait_until
from shared.local.postgres import Postgres, private_folder
from shared.local.redis import Redis

APP_ROLE = "throughline_app"
RELAY_ROLE = "throughline_relay"
OWNER_ROLE = "postgres"
STOP_SECONDS = 4.0
_LAST_BREATH_SECONDS = 0.3  # a process killed just now still holds its lock for a moment
_LONGEST_SOCKET_PATH = 100  # bytes; the system's own limit is 107
_LOG_BYTES = 10_000_000
# What needs no escaping in a URL, in a list of PostgreSQL's or in redis-server's arguments.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


@dataclass(frozen=True)
class Urls:
    database_url: str
    migration_database_url: str
    relay_database_url: str
    redis_url: str


def take_lock(file: IO[str]) -> bool:
    """Take the lock if it is free."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class FolderLock:
    """One owner for a data folder; the system lets go of it however that owner ends."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        if self._file is not None:
            return
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)  # rosters are in it
            file = (self.home / "lock").open("a+")
        except OSError as error:
            raise LocalError(f"cannot use the data folder {self.home}: {error.strerror}") from error
        if not wait_until(lambda: take_lock(file), _LAST_BREATH_SECONDS):
            file.seek(0)
            holder = file.read().strip()
            file.close()
            raise LocalError(f"Throughline already runs on {self.home} (process {holder})")
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def socket_folder(home: Path) -> Path:
    """`run` in the data folder, or a short folder of our own when a socket's path would not fit there."""
    inside = home / "run"
    if len(os.fsencode(inside / ".s.PGSQL.5432")) <= _LONGEST_SOCKET_PATH and _PLAIN_PATH.fullmatch(str(inside)):
        return inside
    name = f"tl-{os.geteuid()}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"
    outside = Path(tempfile.gettempdir()) / name
    if len(os.fsencode(outside)) <= _LONGEST_SOCKET_PATH // 2 and _PLAIN_PATH.fullmatch(str(outside)):
        return outside
    return Path("/tmp") / name  # noqa: S108  private_folder refuses one that is not ours


class EmbeddedServers:
    """Start from the main thread only: the children end when the thread that started them ends."""

    def __init__(
        self,
        data_dir: Path | str,
        *,
        postgres: bool = True,
        redis: bool = True,
        postgres_version: int = 18,
        durable: bool = True,
        postgres_settings: Mapping[str, str] | None = None,
    ) -> None:
        self.home = Path(data_dir).resolve()
        self.sockets = socket_folder(self.home)
        self.lock = FolderLock(self.home)
        self.postgres = Postgres(
            self.home,
            self.sockets,
            version=postgres_version,
            durable=durable,
            settings=postgres_settings or {},
        )
        self.redis = Redis(self.home, self.sockets)
        self.wanted: list[Postgres | Redis] = [*([self.postgres] if postgres else []), *([self.redis] if redis else [])]

    @property
    def urls(self) -> Urls:
        return Urls(
            database_url=self.postgres.url(APP_ROLE),
            migration_database_url=self.postgres.url(OWNER_ROLE),
            relay_database_url=self.postgres.url(RELAY_ROLE),
            redis_url=self.redis.url,
        )

    def start(self, interrupted: Callable[[], bool] = never) -> None:
        self.lock.acquire()
        try:
            private_folder(self.sockets)
            for server in self.wanted:
                shorten(server.log)
                server.start(interrupted)
        except BaseException:
            self.stop()
            raise

    def restart_ended(self, interrupted: Callable[[], bool] = never) -> list[str]:
        """Start again what has died by itself; its names."""
        ended = [server for server in self.wanted if server.has_ended()]
        for server in ended:
            server.start(interrupted)
        return [type(server).__name__ for server in ended]

    def stop(self) -> None:
        children = [server.child for server in self.wanted if server.child is not None]
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for server in self.wanted:
            server.wait_stopped(deadline - time.monotonic())
        if self.sockets.parent != self.home and self.sockets.is_dir() and not any(self.sockets.iterdir()):
            self.sockets.rmdir()
        self.lock.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def shorten(log: Path) -> None:
    """Keep the end of a log that has grown; nobody else rotates it."""
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.write_bytes(log.read_bytes()[-_LOG_BYTES // 10 :])

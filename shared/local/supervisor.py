"""Keeps a process tree running: servers first, then commands that must succeed once, then long-running children.

What dies is started again, later each time it dies early. A stop ends the children before the servers that they use.
"""

import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType

from shared.local.children import Child, InterruptedStartError, LocalError
from shared.local.servers import EmbeddedServers

CHILDREN_STOP_SECONDS = 5.5
_FIRST_DELAY, _LONGEST_DELAY, _STEADY_SECONDS = 0.1, 10.0, 10.0
_TICK_SECONDS = 30.0
_ANNOUNCE_SECONDS = 0.2
_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def say(text: str) -> None:
    print(f"throughline: {text}", file=sys.stderr, flush=True)  # noqa: T201  it speaks to a terminal


class Signals:
    """Turns signals into something to wait for, so that nothing happens in between two steps of ours."""

    def __init__(self) -> None:
        self._asked = False
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in _STOPS:
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
                signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # a handler, or the signal wakes nobody

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True

    def is_stop_asked(self) -> bool:
        return self._asked

    def wait(self, seconds: float) -> None:
        select.select([self._reader], [], [], max(seconds, 0))
        try:
            while self._reader.recv(4096):
                pass
        except BlockingIOError:
            pass


@dataclass
class Kept:
    """Something that has to run, and when to try again if it does not."""

    name: str
    start: Callable[[], None]
    has_ended: Callable[[], bool]
    due: float = 0.0
    delay: float = _FIRST_DELAY
    started: float = field(default_factory=time.monotonic)
    is_down: bool = False

    def mend(self, now: float) -> None:
        if not self.is_down:
            if not self.has_ended():
                return
            self.is_down = True
            self.delay = _FIRST_DELAY if now - self.started > _STEADY_SECONDS else min(self.delay * 2, _LONGEST_DELAY)
            self.due = now + self.delay
            say(f"{self.name} ended by itself; it starts again in {self.delay:g} s")
        if now < self.due:
            return
        self.started = now
        try:
            self.start()
        except InterruptedStartError:
            raise
        except LocalError as error:
            self.delay = min(self.delay * 2, _LONGEST_DELAY)
            self.due = time.monotonic() + self.delay
            say(str(error))
        else:
            self.is_down = False


class Supervisor:
    def __init__(
        self,
        servers: EmbeddedServers,
        *,
        first: Sequence[Child],
        children: Sequence[Child],
        listeners: Sequence[socket.socket] = (),
        sockets: Sequence[Path] = (),
        announce: Callable[[], bool] | None = None,
    ) -> None:
        self.servers = servers
        self.first = first
        self.children = children
        self.listeners = listeners
        self.sockets = sockets  # what the listeners leave in the folder of the servers' sockets
        self.announce = announce  # tried until it gives True: what there is to say once all of it serves
        self.signals = Signals()

    def run(self) -> int:
        """Until a signal says stop. 1 when the start failed; the reason has been told."""
        try:
            self._start()
            self._keep()
        except InterruptedStartError:
            return 0
        except LocalError as error:
            say(str(error))
            return 1
        finally:
            self._stop()
        return 0

    def _start(self) -> None:
        self.servers.start(self.signals.is_stop_asked)
        for child in self.first:
            self._run_once(child)
        for child in self.children:
            child.end_orphan()
            child.start()

    def _run_once(self, child: Child) -> None:
        child.end_orphan()
        child.start()
        while not child.has_ended():
            if self.signals.is_stop_asked():
                child.ask_to_stop()
                child.wait_stopped(CHILDREN_STOP_SECONDS)
                raise InterruptedStartError("stopped while starting")
            self.signals.wait(_TICK_SECONDS)
        child.wait_stopped(0)
        if child.process is None or child.process.returncode:
            raise LocalError(f"{child.name} failed; nothing was started")

    def _keep(self) -> None:
        stop_asked = self.signals.is_stop_asked
        kept = [
            Kept(type(server).__name__, partial(server.start, stop_asked), server.has_ended)
            for server in self.servers.wanted
        ] + [Kept(child.name, child.start, child.has_ended) for child in self.children]
        while not stop_asked():
            now = time.monotonic()
            for one in kept:
                one.mend(now)
            if self.announce is not None and self.announce():
                self.announce = None
            waits = [one.due - time.monotonic() for one in kept if one.is_down]
            self.signals.wait(min([*waits, _TICK_SECONDS if self.announce is None else _ANNOUNCE_SECONDS]))

    def _stop(self) -> None:
        for listener in self.listeners:  # or clients would wait for answers that nobody gives
            listener.close()
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + CHILDREN_STOP_SECONDS
        for child in self.children:
            child.wait_stopped(deadline - time.monotonic())
        for path in self.sockets:  # until now our own parts could ask each other there
            path.unlink(missing_ok=True)
        self.servers.stop()


def python_child(name: str, module: str, *words: str, home: Path, environment: Mapping[str, str]) -> Child:
    return Child(name, [sys.executable, "-m", module, *words], record=home / f"{name}.pid", environment=environment)

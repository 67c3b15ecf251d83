"""Child processes that end with their parent, and the ones that a killed parent has left."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

POLL_SECONDS = 0.02
_PROC = Path("/proc")


class LocalError(Exception):
    """Something that the person at the terminal can mend; its text is one line for them."""


class InterruptedStartError(LocalError):
    """A stop was asked for before the start was over."""


def never() -> bool:
    return False


def wait_until(condition: Callable[[], bool], seconds: float, interrupted: Callable[[], bool] = never) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if interrupted():
            raise InterruptedStartError("stopped while starting")
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def command_line(pid: int) -> list[str]:
    """The words of a living process; empty for one that is gone or a zombie."""
    if _PROC.is_dir():
        try:
            return (_PROC / str(pid) / "cmdline").read_text(errors="replace").split("\0")[:-1]
        except OSError:
            return []
    found = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout.split()


def bound_to_parent(argv: Sequence[str], death_signal: signal.Signals) -> list[str]:
    """The command that ends when this process ends, even by kill -9. It has to be started from the main thread.

    setpriv instead of a preexec_fn: that would fork a process that may have threads.
    """
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    if setpriv is None:
        return list(argv)
    return [setpriv, "--pdeathsig", death_signal.name.removeprefix("SIG"), *argv]


@dataclass
class Child:
    """A long-running child. `record` remembers it, so that the next start can end what a killed parent left."""

    name: str
    argv: Sequence[str]
    record: Path
    environment: Mapping[str, str] | None = None
    log: Path | None = None  # none: the parent's own output
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    prefix: Callable[[Sequence[str], signal.Signals], list[str]] = bound_to_parent
    mark: str = ""  # what its command line is known by, where it changes that itself
    keeps: Sequence[int] = ()  # file descriptors of ours that it gets, under the same numbers
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        output = None if self.log is None else self.log.open("ab", buffering=0)
        try:
            self.process = subprocess.Popen(
                self.prefix(self.argv, self.death_signal),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=None if output is None else subprocess.STDOUT,
                cwd="/",
                pass_fds=self.keeps,
                env=None if self.environment is None else dict(self.environment),
                start_new_session=True,  # a Ctrl-C at the terminal reaches the supervisor only
            )
        finally:
            if output is not None:
                output.close()
        self.record.write_text(f"{self.process.pid}\n{self.mark or ' '.join(self.argv)}")

    @property
    def pid(self) -> int | None:
        return None if self.process is None else self.process.pid

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def wait_stopped(self, seconds: float, last_signal: signal.Signals = signal.SIGKILL) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            self.process.send_signal(last_signal)
            try:
                self.process.wait(1)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.record.unlink(missing_ok=True)

    def end_orphan(self) -> None:
        """End the process that an earlier, killed parent started under this name, where the system did not."""
        try:
            first, _, mark = self.record.read_text().partition("\n")
            pid = int(first)
        except (OSError, ValueError):
            return

        def has_gone() -> bool:
            return mark not in " ".join(command_line(pid))

        for orders in (self.stop_signal, signal.SIGKILL):
            if has_gone():
                break
            os.kill(pid, orders)
            wait_until(has_gone, 5)
        self.record.unlink(missing_ok=True)

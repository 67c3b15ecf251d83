"""Processes under measurement: which core they may use and how much of it they used. Linux only."""

import os
import platform
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROC = Path("/proc")


def cores() -> tuple[int, int] | None:
    """Give one core for the server and one for all else, or None where there is only one."""
    allowed = sorted(os.sched_getaffinity(0))
    return (allowed[0], allowed[1]) if len(allowed) > 1 else None


def pin(pids: Iterable[int], core: int) -> None:
    for pid in pids:
        for task in _tasks(pid):
            with suppress(ProcessLookupError):
                os.sched_setaffinity(int(task.name), {core})


def release(pids: Iterable[int]) -> None:
    """Let these processes, and what they start from now on, use every core."""
    for pid in pids:
        for task in _tasks(pid):
            with suppress(ProcessLookupError):
                os.sched_setaffinity(int(task.name), range(os.cpu_count() or 1))


def _tasks(pid: int) -> list[Path]:
    try:
        return list((PROC / str(pid) / "task").iterdir())
    except FileNotFoundError:
        return []


def tree(root: int) -> list[int]:
    """Give the process and everything below it."""
    parents: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, ahead = [], [root]
    while ahead:
        pid = ahead.pop()
        found.append(pid)
        ahead += parents.get(pid, [])
    return found


def command_of(pid: int) -> str:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def named(root: int, part: str) -> list[int]:
    return [pid for pid in tree(root) if part in command_of(pid)]


def cpu_seconds(pids: Iterable[int]) -> float:
    """Give the time that these processes ran on a core, to the nanosecond (/proc/pid/schedstat)."""
    total = 0
    for pid in pids:
        for task in _tasks(pid):
            with suppress(FileNotFoundError, ProcessLookupError):
                total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def cpu_seconds_below(roots: Iterable[int]) -> float:
    """Give what these processes and all below them have used, those that ended included, to the hundredth."""
    ticks = 0
    for pid in {pid for root in roots for pid in tree(root)}:
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])  # its own, and of the children that it waited for
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_bytes(pid: int) -> int:
    """Give the most memory that it ever held at once (VmHWM)."""
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def machine() -> dict[str, str]:
    """Describe where this runs: ratios travel, but not everywhere alike."""
    models = re.findall(r"model name\s*: (.*)", (PROC / "cpuinfo").read_text())
    memory = int(re.findall(r"MemTotal:\s*(\d+)", (PROC / "meminfo").read_text())[0]) / 1e6
    busy = (PROC / "loadavg").read_text().split()[0]
    return {
        "processor": models[0] if models else platform.machine(), "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GB", "kernel": platform.release(), "python": platform.python_version(),
        "load before": busy,
    }  # fmt: skip


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def python(*arguments: str, environment: dict[str, str] | None = None, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of our modules; ask it to end at the end, and insist after twelve seconds."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments], env=os.environ | (environment or {}), stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(12)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_listening(port: int, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"it ended with {process.returncode} before it listened")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")

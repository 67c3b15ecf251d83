"""A worker's sign of life: a small file for each service in the data folder, written anew every second.

A file and not a Redis key, because a worker works while Redis is away, and readiness must say so. It is read on the
same machine only: by the supervisor's readiness, or by a container's own probe.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

EVERY = 1.0
FRESH = timedelta(seconds=5)


def path_of(data_dir: Path, service: str) -> Path:
    return data_dir / "run" / f"worker-{service}"


def beat(data_dir: Path, service: str, now: datetime) -> None:
    """Say that the worker lives. The rename makes sure that nobody reads half a line."""
    path = path_of(data_dir, service)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")  # one name, so that one who is killed here leaves no file of its own
    draft.write_text(f"{os.getpid()} {now.isoformat()}\n")
    draft.replace(path)


def stop(data_dir: Path, service: str) -> None:
    path_of(data_dir, service).unlink(missing_ok=True)


def is_alive(data_dir: Path, service: str, now: datetime) -> bool:
    """Say whether the service's worker gave a sign in the last five seconds and its process still runs."""
    try:
        pid, _, at = path_of(data_dir, service).read_text().partition(" ")
        # Both ways: a clock that was set back must not make a dead worker look alive for hours.
        return abs(now - datetime.fromisoformat(at.strip())) < FRESH and _runs(int(pid))
    except (OSError, ValueError):
        return False


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

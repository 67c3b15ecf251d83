"""For a command beside a running `up`: which servers it uses, and where the API is."""

import fcntl
import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path

from shared.local.children import LocalError
from shared.local.environment import address_file, environment_for, servers_for


def settle(home: Path, environment: MutableMapping[str, str] = os.environ) -> None:
    """Fill the environment of this process from the data folder.

    A container that is given addresses of its own gets nothing from a folder, unless that folder is one of an `up`.
    """
    home = home.resolve()
    environment["THROUGHLINE_DATA_DIR"] = str(home)
    has_own_database = any(name == "DATABASE_URL" or name.endswith("_DATABASE_URL") for name in environment)
    if not has_own_database or (home / "service.key").exists():
        environment.update(environment_for(home, environment))


def is_running(home: Path) -> bool:
    """Whether a supervisor holds this data folder."""
    try:
        with (home / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError as error:
        raise LocalError(f"cannot use the data folder {home}: {error.strerror}") from error
    return False


def running_address(home: Path) -> str | None:
    """Where the API of a running `up` is reached."""
    if not is_running(home):
        return None
    try:
        return address_file(home).read_text()
    except FileNotFoundError:
        return None


@contextmanager
def servers_while_needed(home: Path) -> Iterator[None]:
    """Have the embedded servers run: those of a running `up`, or our own until the end."""
    servers = servers_for(home)
    if not servers.wanted or is_running(servers.home):
        yield
        return
    with servers:
        yield

"""`throughline demo`: plays on a running `up` of the data folder, or on one that it starts for the while."""

import asyncio
import os
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from rich.console import Console

from services.provision import new_client, new_district
from shared.local.attach import is_running, running_address, settle
from shared.local.children import Child, LocalError
from shared.local.environment import address_file, data_folder

START_SECONDS = 180
STOP_SECONDS = 12
TELLS = "throughline: "


def play_demo(home: Path, *, schools: int, once: bool) -> None:
    from demo.api import DemoFailed
    from demo.play import run

    console, home = Console(), home.resolve()
    with served(home, console) as (base_url, up):
        settle(home)
        district_id = asyncio.run(new_district("Demo district"))
        client_id, client_secret = asyncio.run(new_client(district_id, "Demo", ["all"]))
        try:
            run(base_url, client_id, client_secret, schools=schools, console=console)
        except DemoFailed as error:
            raise LocalError(f"the demo stopped: {error}") from error
        if up is None:
            console.print(f"\nDone. The Throughline that ran before goes on serving at [link]{base_url}[/link].")
        elif once:
            console.print(f"\nDone. {again(home)}", soft_wrap=True)
        else:
            console.print(f"\nStill serving at [link]{base_url}[/link] until Ctrl-C.")
            console.file.flush()
            wait_for_stop(up)
            console.print(f"\nStopped. {again(home)}", soft_wrap=True)


def again(home: Path) -> str:
    folder = "" if home == data_folder({}) else f"THROUGHLINE_DATA_DIR={shlex.quote(str(home))} "
    return f"What was played stays in {home}; `{folder}make up` serves it again."


@contextmanager
def served(home: Path, console: Console) -> Iterator[tuple[str, Child | None]]:
    """Give the address of the API, and the `up` that was started for it."""
    if is_running(home):
        address = wait_ready(home, None)
        console.print(f"Throughline already runs on {home}, at {address}: the demo is played there.", soft_wrap=True)
        yield address, None
        return
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / "up.log").open("ab").close()
    except OSError as error:
        raise LocalError(f"cannot use the data folder {home}: {error.strerror}") from error
    address_file(home).unlink(missing_ok=True)  # of one that was killed
    up = Child(
        "up",
        [sys.executable, "-m", "services.up"],
        record=home / "up.pid",
        environment=os.environ | {"THROUGHLINE_DATA_DIR": str(home)},  # it derives the rest itself
        log=home / "up.log",
        death_signal=signal.SIGTERM,  # it has children of its own to end
    )
    for number in (signal.SIGTERM, signal.SIGINT):  # a stop from outside is a Ctrl-C, in the background too
        signal.signal(number, signal.default_int_handler)
    try:
        with waiting(console, "Starting PostgreSQL, Redis, the API and the worker"):
            up.start()
            address = wait_ready(home, up)
        yield address, up
    finally:
        up.ask_to_stop()
        up.wait_stopped(STOP_SECONDS)


@contextmanager
def waiting(console: Console, text: str) -> Iterator[None]:
    if console.is_terminal:
        with console.status(text):
            yield
    else:
        console.print(f"{text} ...")
        console.file.flush()
        yield


def wait_ready(home: Path, up: Child | None) -> str:
    """Wait for the API of this folder, `up`'s if one was started; give its address.

    The folder says where that is once it listens: on the port that was asked for somebody else may serve, and answer.
    """
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(timeout=5, trust_env=False) as client:
        while time.monotonic() < deadline:
            if up is not None and up.has_ended():
                raise LocalError(f"it did not start: {last_words(up)}")
            if up is None and not is_running(home):
                raise LocalError(f"the Throughline that ran on {home} has ended")
            address = running_address(home)
            if address is not None and is_ready(client, address):
                return address
            time.sleep(0.1)
    raise LocalError(f"it is not ready after {START_SECONDS} seconds")


def is_ready(client: httpx.Client, address: str) -> bool:
    try:
        return client.get(f"{address}/readyz").is_success
    except httpx.TransportError:
        return False


def last_words(up: Child) -> str:
    """What it told a person last, among the lines of its log."""
    lines = up.log.read_text(errors="replace").splitlines() if up.log else []
    told = [line.removeprefix(TELLS) for line in lines if line.startswith(TELLS)]
    return told[-1] if told and lines[-1].startswith(TELLS) else f"its log is {up.log}"


def wait_for_stop(up: Child) -> None:
    try:
        if up.process is not None:
            up.process.wait()
    except KeyboardInterrupt:
        return
    raise LocalError(f"it ended by itself: {last_words(up)}")

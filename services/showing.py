"""`throughline demo`: plays on a running `up` of the data folder, or on one that it starts for the while."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from rich.console import Console

from services.provision import new_client, new_district
from shared.local.attach import running_address, settle
from shared.local.children import Child, LocalError
from shared.local.environment import public_url

START_SECONDS = 180
STOP_SECONDS = 12


def play_demo(home: Path, *, once: bool) -> None:
    from demo.api import DemoFailed
    from demo.play import run

    console = Console()
    with served(home.resolve(), console) as (base_url, up):
        settle(home)
        district_id = asyncio.run(new_district("Demo district"))
        client_id, client_secret = asyncio.run(new_client(district_id, "Demo", ["all"]))
        try:
            run(base_url, client_id, client_secret, console=console)
        except DemoFailed as error:
            raise LocalError(f"the demo stopped: {error}") from error
        if up is None or once:
            return
        console.print(f"\nStill serving at [link]{base_url}[/link] until Ctrl-C.")
        wait_for_stop(up)


@contextmanager
def served(home: Path, console: Console) -> Iterator[tuple[str, Child | None]]:
    """Give the address of the API, and the `up` that was started for it."""
    address = running_address(home)
    if address is not None:
        wait_ready(address, None)
        yield address, None
        return
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    up = Child(
        "up",
        [sys.executable, "-m", "services.up"],
        record=home / "up.pid",
        environment=os.environ | {"THROUGHLINE_DATA_DIR": str(home)},  # it derives the rest itself
        log=home / "up.log",
        death_signal=signal.SIGTERM,  # it has children of its own to end
    )
    address = public_url()
    for number in (signal.SIGTERM, signal.SIGINT):  # a stop from outside is a Ctrl-C, in the background too
        signal.signal(number, signal.default_int_handler)
    try:
        with console.status("Starting PostgreSQL, Redis, the API and the worker"):
            up.start()
            wait_ready(address, up)
        yield address, up
    finally:
        up.ask_to_stop()
        up.wait_stopped(STOP_SECONDS)


def wait_ready(address: str, up: Child | None) -> None:
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(base_url=address, timeout=5, trust_env=False) as client:
        while time.monotonic() < deadline:
            if up is not None and up.has_ended():
                raise LocalError(f"it did not start: {last_words(up)}")
            try:
                if client.get("/readyz").is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
    raise LocalError(f"{address} is not ready after {START_SECONDS} seconds")


def last_words(up: Child) -> str:
    lines = up.log.read_text(errors="replace").splitlines() if up.log else []
    return lines[-1].removeprefix("throughline: ") if lines else "it said nothing"


def wait_for_stop(up: Child) -> None:
    try:
        if up.process is not None:
            up.process.wait()
    except KeyboardInterrupt:
        return
    raise LocalError(f"it ended by itself: {last_words(up)}")

"""What docker-compose.yml starts, each in a process of its own as in its container, services on ports of their own."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx
import pytest

from shared.local.attach import servers_while_needed
from shared.settings import SERVICE_NAMES
from tests.faults.process_tree import soon

COMMAND = [sys.executable, "-m", "services.cli"]


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tl-"))
    yield folder
    shutil.rmtree(folder)


def free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        return [held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]


def test_services_and_a_worker_apart_serve_what_they_serve_together(home: Path) -> None:
    ports = dict(zip(SERVICE_NAMES, free_ports(len(SERVICE_NAMES)), strict=True))
    environment = os.environ | {
        "THROUGHLINE_DATA_DIR": str(home / "data"),
        "THROUGHLINE_FSYNC": "off",
        "THROUGHLINE_PUBLIC_URL": f"http://127.0.0.1:{ports['districts']}",
        **{f"THROUGHLINE_{name.upper()}_URL": f"http://127.0.0.1:{port}" for name, port in ports.items()},
    }

    def run(*words: str) -> dict[str, str]:
        done = subprocess.run([*COMMAND, *words], env=environment, check=True, capture_output=True, text=True)
        return dict(json.loads(done.stdout)) if done.stdout else {}

    run("migrate")
    with ExitStack() as started:
        started.enter_context(servers_while_needed(home / "data"))
        log = started.enter_context((home / "log").open("wb+"))
        parts = [("serve", name, "--port", str(port)) for name, port in ports.items()]
        for part in (*parts, ("work", "all")):
            process = subprocess.Popen([*COMMAND, *part], env=environment, stdout=log, stderr=log)
            started.callback(process.wait)
            started.callback(process.terminate)
        district = run("district", "create", "--name", "Apart", "--json")["district_id"]
        client = run("client", "create", "--district", district, "--name", "c", "--scope", "all", "--json")
        with httpx.Client(timeout=10, trust_env=False) as http:
            told = (home / "log").read_text
            for name, port in ports.items():
                assert soon(partial(is_found, http, f"http://127.0.0.1:{port}/readyz"), 60), f"{name}: {told()}"
            token = http.post(
                f"http://127.0.0.1:{ports['districts']}/oauth2/token",
                data={"grant_type": "client_credentials"},
                auth=(client["client_id"], client["client_secret"]),
            ).json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            for name, path in ASKED.items():
                # the others learn of the client, and of the key that signed, from districts by HTTP
                there = f"http://127.0.0.1:{ports[name]}{path}"
                assert soon(partial(is_found, http, there), 60), f"{http.get(there).text} {told()}"
            districts = f"http://127.0.0.1:{ports['districts']}"
            asked = http.post(f"{districts}/v1/roster-exports", json={})
            assert asked.status_code == 202, asked.text
            assert soon(lambda: http.get(f"{districts}{asked.headers['Location']}").json()["state"] == "ready", 60), (
                told()
            )


ASKED = {
    "districts": "/v1/people",
    "observations": "/v1/observations",
    "coaching": "/v1/coaching-cycles",
    "analytics": "/v1/measures",
}


def is_found(http: httpx.Client, url: str) -> bool:
    try:
        return http.get(url).status_code == 200
    except httpx.TransportError:
        return False

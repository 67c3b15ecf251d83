"""`throughline up` as a person starts it, and what happens when parts of it are killed."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

pytestmark = pytest.mark.xdist_group("process-tree")
COMMAND = [sys.executable, "-m", "services.cli"]
PARTS = {
    "postgres": lambda words: words[0].endswith("/postgres") and "-D" in words,
    "redis": lambda words: "redis-server" in words[0],
    "api": lambda words: "services.all_in_one" in words,
    "worker": lambda words: words[-2:] == ["work", "all"],
}


class Up:
    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.environment = os.environ | {
            "THROUGHLINE_DATA_DIR": str(data_dir),
            "THROUGHLINE_PORT": str(self.port),
            "THROUGHLINE_FSYNC": "off",
            "THROUGHLINE_LOG_LEVEL": "WARNING",
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.is_broken = False
        self.log = data_dir.with_suffix(".log")

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*COMMAND, "up"], env=self.environment, stdout=log, stderr=log)

    def tree(self) -> list[psutil.Process]:
        assert self.process is not None
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def part(self, name: str) -> psutil.Process | None:
        for process in self.tree()[1:]:
            try:
                words = process.cmdline()
            except psutil.Error:
                continue
            if words and PARTS[name](words):
                return process
        return None

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=10, trust_env=False)

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *words], env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )


def soon(condition: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    folder = Path(tempfile.mkdtemp(prefix="tl-up-"))
    up = Up(folder / "data")
    yield up
    if up.process is not None and up.process.poll() is None:
        up.process.terminate()
        up.process.wait(15)
    shutil.rmtree(folder)


@pytest.fixture
def running(up: Up) -> Up:
    if up.process is None or up.process.poll() is not None:
        up.start()
    up.is_broken = up.is_broken or not soon(up.is_ready, 60)  # one wait is enough to know
    assert not up.is_broken, up.log.read_text()
    return up


def test_it_starts_on_an_empty_folder_and_refuses_a_second_start(running: Up) -> None:
    refused = running.run("up")
    assert refused.returncode == 1
    assert (
        refused.stderr
        == f"throughline: Throughline already runs on {running.data_dir} (process {running.process.pid})\n"
    )  # type: ignore[union-attr]
    assert running.get("/healthz").status_code == 200
    assert soon(lambda: f"\nThroughline serves at http://127.0.0.1:{running.port} " in running.log.read_text(), 3)
    assert f"http://127.0.0.1:{running.port}/docs\n" in running.log.read_text()
    assert running.get("/internal/districts/feed").status_code == 404


def test_commands_work_beside_it(running: Up) -> None:
    district = json.loads(running.run("district", "create", "--name", "Beside", "--json").stdout)
    made = running.run(
        "client", "create", "--district", district["district_id"], "--name", "c", "--scope", "all", "--json"
    )
    client = json.loads(made.stdout)
    assert set(client) == {"client_id", "client_secret"}
    answer = httpx.post(
        f"http://127.0.0.1:{running.port}/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(client["client_id"], client["client_secret"]),
        trust_env=False,
    )
    assert answer.status_code == 200
    assert json.loads(running.run("openapi").stdout) == running.get("/openapi.json").json()


@pytest.mark.parametrize("name", PARTS)
def test_a_killed_part_comes_back(running: Up, name: str) -> None:
    before = running.part(name)
    assert before is not None
    before.kill()
    assert soon(lambda: (now := running.part(name)) is not None and now.pid != before.pid, 10)
    assert soon(running.is_ready, 20), running.log.read_text()


@pytest.mark.parametrize("everything", [False, True])
def test_the_next_start_recovers_from_kill_9(running: Up, everything: bool) -> None:
    tree = running.tree()
    for process in tree if everything else tree[:1]:
        with suppress(psutil.NoSuchProcess):  # the first one's end takes others with it
            process.kill()
    assert running.process is not None
    running.process.wait(5)
    running.start()
    assert soon(running.is_ready, 60), running.log.read_text()
    _, left = psutil.wait_procs(tree, timeout=5)
    assert left == []


def test_a_stop_leaves_nothing_within_ten_seconds(running: Up) -> None:
    tree = running.tree()
    assert running.process is not None
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(10) == 0
    assert not [process for process in tree if process.is_running()]
    assert not list((running.data_dir / "run").iterdir())
    assert sorted(path.name for path in running.data_dir.glob("*.pid")) == []

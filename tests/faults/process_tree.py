"""`throughline up` of a folder of its own, as a person starts it: its processes, and what it says and answers."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

COMMAND = [sys.executable, "-m", "services.cli"]
PARTS = {
    "postgres": lambda words: words[0].endswith("/postgres") and "-D" in words,
    "redis": lambda words: "redis-server" in words[0],
    "api": lambda words: "services.all_in_one" in words,
    "worker": lambda words: words[-2:] == ["work", "all"],
}

IS_LONG = "THROUGHLINE_FAULTS_ROUNDS" in os.environ  # as in `make faults`
# Takes minutes on a machine where others work too.
IN_MAKE_FAULTS = pytest.mark.skipif(not IS_LONG, reason="`make faults` runs it")


class Up:
    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.temporary = data_dir.with_name("tmp")  # where its parts make files that they leave behind if killed
        self.archive = data_dir.with_name("archive")
        self.temporary.mkdir(parents=True, exist_ok=True)
        self.temporary.chmod(0o777)  # PostgreSQL may run under another account
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.environment = os.environ | {
            "THROUGHLINE_DATA_DIR": str(data_dir),
            "THROUGHLINE_PORT": str(self.port),
            "THROUGHLINE_FSYNC": "off",  # no machine loses its power here
            "THROUGHLINE_ARCHIVE_DIR": str(self.archive),
            "THROUGHLINE_OUTBOUND_NETWORKS": "127.0.0.1",
            "TMPDIR": str(self.temporary),
            **{f"THROUGHLINE_{name}_PER_MINUTE": "1000000" for name in ("REQUESTS", "UPLOADS")},
            "DISTRICTS_TOKEN_REQUESTS_PER_MINUTE": "1000000",
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

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def new_client(self) -> dict[str, str]:
        """Make a district and a client that may do everything there."""
        district = json.loads(self.run("district", "create", "--name", "Played", "--json").stdout)["district_id"]
        made = self.run("client", "create", "--district", district, "--name", "c", "--scope", "all", "--json")
        return {"district_id": district, **json.loads(made.stdout)}

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", timeout=10, trust_env=False)

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *words], env=self.environment, capture_output=True, text=True, check=False, timeout=300
        )


def soon(condition: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True

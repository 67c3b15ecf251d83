"""Throughline as it is started by `make up`, in a folder of its own, filled through its own API."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
from rich.progress import Progress, TaskID

from bench import processes
from bench.roster import Shape, write
from shared.clock import new_id
from shared.local.environment import environment_for

INDICATORS, LINES = 12, 5
START_SECONDS = 180


@dataclass(frozen=True)
class Login:
    """A client of a district of its own that may do all."""

    district_id: UUID
    url: str
    name: str
    secret: str

    def headers(self) -> dict[str, str]:
        """Take a new token: long imports outlive one."""
        asked = {"grant_type": "client_credentials"}
        token = httpx.post(f"{self.url}/oauth2/token", data=asked, auth=(self.name, self.secret)).raise_for_status()
        return {"Authorization": f"Bearer {token.json()['access_token']}"}


@dataclass
class House:
    """Addresses and processes of the running house, and what the measured requests need from the filled district."""

    port: int
    api: list[int]
    worker: list[int]
    postgres: list[int]
    environment: dict[str, str]
    login: Login
    headers: dict[str, str]
    users: int = 0
    observer: str = ""
    observation: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=self.headers, timeout=120)

    @contextmanager
    def workers_resting(self) -> Iterator[None]:
        """Hold the workers still: they share the second core with PostgreSQL and the load, which are not measured."""
        for pid in self.worker:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in self.worker:
                os.kill(pid, signal.SIGCONT)


@contextmanager
def running(home: Path, log_level: str) -> Iterator[House]:
    port = processes.free_port()
    given = {
        "THROUGHLINE_DATA_DIR": str(home), "THROUGHLINE_PORT": str(port), "THROUGHLINE_LOG_LEVEL": log_level,
        "THROUGHLINE_REQUESTS_PER_MINUTE": "100000000",
        "THROUGHLINE_UPLOADS_PER_MINUTE": "100000000",
    }  # fmt: skip
    with processes.python("services.up", environment=given, log=home.parent / "up.log") as up:
        _wait_ready(f"http://127.0.0.1:{port}/readyz", up)
        environment = environment_for(home, os.environ | given)
        login = new_client(environment, port)
        yield House(
            port=port,
            api=processes.named(up.pid, "services.all_in_one"),
            worker=processes.named(up.pid, "services.cli work"),
            postgres=processes.named(up.pid, "postgres"),
            environment=environment,
            login=login,
            headers=login.headers(),
        )


def _wait_ready(url: str, up: subprocess.Popen[bytes]) -> None:
    transport = httpx.HTTPTransport(retries=3)
    with httpx.Client(transport=transport, timeout=5) as client:
        for _ in range(START_SECONDS * 5):
            if up.poll() is not None:
                raise RuntimeError(f"`up` ended with {up.returncode}; see up.log")
            try:
                if client.get(url).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
    raise TimeoutError("`up` did not become ready")


def new_client(environment: dict[str, str], port: int) -> Login:
    """Make a district with a client that may do all."""

    def command(*words: str) -> dict[str, str]:
        line = [sys.executable, "-m", "services.cli", *words, "--json"]
        done = subprocess.run(line, env=environment, check=True, capture_output=True)
        answer: dict[str, str] = orjson.loads(done.stdout)
        return answer

    district = command("district", "create", "--name", "Bench")["district_id"]
    client = command("client", "create", "--district", district, "--name", "bench", "--scope", "all")
    return Login(UUID(district), f"http://127.0.0.1:{port}", client["client_id"], client["client_secret"])


def fill(house: House, users: int, progress: Progress) -> None:
    task = progress.add_task(f"importing a roster of {users:,} people", total=None)
    with house.client() as client:
        house.users = import_people(client, users, lambda state: progress.update(task, description=f"roster: {state}"))
        house.observer, house.observation = _observation(client)
        _wait_allowed(client, house, progress, task)
    progress.update(task, total=1, completed=1)


def import_people(client: httpx.Client, users: int, tell: Callable[[str], None] = lambda _: None) -> int:
    shape = Shape.of(users)
    roster = io.BytesIO()
    write(roster, shape)
    import_roster(client, roster.getvalue(), tell)
    return shape.people


def import_roster(client: httpx.Client, roster: bytes, tell: Callable[[str], None] = lambda _: None) -> None:
    answer = client.post("/v1/roster-imports", content=roster, headers={"Content-Type": "application/zip"})
    answer.raise_for_status()
    found = answer.json()
    while found["state"] not in {"applied", "refused", "failed", "cancelled", "held"}:
        time.sleep(0.1)
        found = client.get(f"/v1/roster-imports/{found['id']}").raise_for_status().json()
        tell(found["state"])
    if found["state"] != "applied":
        raise RuntimeError(f"the roster import ended {found['state']}: {found.get('problem')}")


def _observation(client: httpx.Client) -> tuple[str, dict[str, Any]]:
    """Give the observer and the body of line 3: twelve scores, five lines of evidence."""
    framework, version, indicators = new_id(), new_id(), [new_id() for _ in range(INDICATORS)]
    client.put(f"/v1/frameworks/{framework}", json={"name": "Bench"}).raise_for_status()
    levels = [{"ordinal": ordinal, "label": f"Level {ordinal}"} for ordinal in (1, 2, 3, 4)]
    component = {
        "id": str(new_id()), "title": "All", "indicators": [
            {"id": str(indicator), "title": f"Indicator {number}", "levels": levels}
            for number, indicator in enumerate(indicators, 1)
        ],
    }  # fmt: skip
    domains = [{"id": str(new_id()), "title": "All", "components": [component]}]
    made = client.put(
        f"/v1/framework-versions/{version}",
        json={"framework_id": str(framework), "label": "1", "domains": domains, "look_fors": []},
    ).raise_for_status()
    client.post(
        f"/v1/framework-versions/{version}/publish", headers={"If-Match": made.headers["ETag"]}
    ).raise_for_status()
    principal = _first(client, role="principal")
    school = principal["roles"][0]["org_id"]
    teacher = _first(client, role="teacher", org_id=school)
    script = [
        {"id": str(new_id()), "at": "2026-10-05T14:10:00Z", "text": f"Line {line}: what a student said.",
         "codes": [str(indicators[line])]}
        for line in range(LINES)
    ]  # fmt: skip
    return principal["id"], {
        "purpose": "coaching", "type": "informal", "state": "submitted", "teacher_id": teacher["id"],
        "school_id": school, "framework_version_id": str(version), "script": script,
        "scores": [{"indicator_id": str(i), "level": 1 + n % 4} for n, i in enumerate(indicators)],
    }  # fmt: skip


def _wait_allowed(client: httpx.Client, house: House, progress: Progress, task: TaskID) -> None:
    """Wait until the observer's rights, which follow from the roster, have come along the feed."""
    progress.update(task, description="rights follow the roster")
    for _ in range(START_SECONDS * 2):
        answer = client.post("/v1/observations", json=house.observation, headers={"Throughline-Person": house.observer})
        if answer.status_code != httpx.codes.FORBIDDEN:
            answer.raise_for_status()
            return
        time.sleep(0.5)
    raise TimeoutError("the observer never got the right to observe")


def _first(client: httpx.Client, **where: str) -> dict[str, Any]:
    answer = client.get("/v1/people", params={"limit": 1, **where}).raise_for_status().json()
    found: list[dict[str, Any]] = answer["data"]
    if not found:
        raise RuntimeError(f"the roster has nobody with {where}")
    return found[0]

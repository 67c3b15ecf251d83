"""What a district's programs do all day: mixed writes, batches, files and imports, each noted once it is acknowledged.

Every writer is the demo's careful integrator (demo/api.py): what is interrupted it sends again until it is answered. So
when the load rests, nothing is open, and what was noted is exactly what has to be there.
"""

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from shared.clock import new_id, now
from tests.districts.rosters import zipped
from tests.faults.client import Client
from tests.observations.scenes import Framework, iso

TEACHERS = 6
PAUSE = 0.06
JOB_DONE = {"succeeded", "failed", "cancelled"}


@dataclass
class School:
    """Who and what there is before the load begins."""

    org: UUID = field(default_factory=new_id)
    school: UUID = field(default_factory=new_id)
    head: UUID = field(default_factory=new_id)
    principal: UUID = field(default_factory=new_id)
    teachers: list[UUID] = field(default_factory=lambda: [new_id() for _ in range(TEACHERS)])
    framework: Framework = field(default_factory=Framework)

    async def set_up(self, api: Client) -> None:
        for org, kind, parent in ((self.org, "district", None), (self.school, "school", self.org)):
            body = {"name": kind, "type": kind, "parent_id": str(parent) if parent else None, "external_ids": {}}
            await api.put(f"/v1/orgs/{org}", body)
        await self.put_person(api, self.head, "districtAdministrator", self.org)
        await self.put_person(api, self.principal, "principal", self.school)
        for teacher in self.teachers:
            await self.put_person(api, teacher, "teacher", self.school)
        await api.put(f"/v1/frameworks/{self.framework.id}", {"name": "Teaching", "external_ids": {}})
        address = f"/v1/framework-versions/{self.framework.version_id}"
        drafted = await api.put(address, self.framework.document())
        await api.post(f"{address}/publish", version=drafted["version"])
        for person, path in ((self.principal, "/v1/observations"), (self.head, "/v1/goals"), (None, "/v1/measures")):
            await api.once_allowed(path, person)

    async def put_person(self, api: Client, person: UUID, role: str, org: UUID) -> None:
        roles = [{"role": role, "org_id": str(org), "begin_date": "2020-08-01"}]
        body = {"given_name": "Sam", "family_name": "Staff", "external_ids": {}, "roles": roles}
        await api.put(f"/v1/people/{person}", body)

    def visit(self, at: datetime, teacher: UUID, **more: Any) -> dict[str, Any]:
        line = str(new_id())
        return {
            "purpose": "coaching", "type": "informal", "state": "submitted", "teacher_id": str(teacher),
            "school_id": str(self.school), "framework_version_id": str(self.framework.version_id),
            "observed_at": iso(at), "submitted_at": iso(at + timedelta(minutes=40)),
            "script": [{"id": line, "at": iso(at), "text": "T asks.", "codes": [str(self.framework.indicators[0])]}],
            "scores": [{"indicator_id": str(self.framework.indicators[0]), "level": 3}],
            "feedback": {"body": "You asked an open question.", "evidence": [line], "next_steps": []},
        } | more  # fmt: skip


@dataclass
class Noted:
    """What was acknowledged."""

    versions: dict[str, dict[str, int]] = field(default_factory=dict)  # entity -> id -> the last version
    visits: Counter[str] = field(default_factory=Counter)  # by the instant, which no two share
    loose: set[str] = field(default_factory=set)  # instants of visits whose sender went away: there once or not at all
    jobs: set[str] = field(default_factory=set)
    files: dict[str, str] = field(default_factory=dict)  # attachment -> the hash of its bytes

    def row(self, entity: str, made: dict[str, Any]) -> dict[str, Any]:
        self.versions.setdefault(entity, {})[made["id"]] = made["version"]
        return made


class Load:
    def __init__(self, api: Client, school: School, seed: int) -> None:
        self.api = api
        self.district_id = api.district_id
        self.school = school
        self.noted = Noted()
        self.chance = random.Random(f"load {seed}")
        self._tasks: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()
        self._began = now().replace(microsecond=0) - timedelta(days=60)
        self._seconds = 0

    async def __aenter__(self) -> Self:
        await self.school.set_up(self.api)
        for act in (self.observe, self.observe, self.name, self.aim, self.batch, self.send_file, self.take_leave,
                    self.sync, self.ask):  # fmt: skip
            self._tasks.append(asyncio.create_task(self._again(act), name=act.__name__))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def rest(self) -> None:
        """Begin nothing more, and wait until what was begun is answered."""
        self._stop.set()
        await asyncio.gather(*self._tasks)

    def check(self) -> None:
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()

    async def _again(self, act: Callable[[], Awaitable[None]]) -> None:
        while not self._stop.is_set():
            await act()
            await asyncio.sleep(PAUSE * self.chance.uniform(0.5, 3))

    def instant(self) -> datetime:
        """Give one that no other visit has."""
        self._seconds += 1
        return self._began + timedelta(seconds=self._seconds)

    def new_visit(self, **more: Any) -> dict[str, Any]:
        return self.school.visit(self.instant(), self.chance.choice(self.school.teachers), **more)

    async def observe(self) -> None:
        """Record a visit without an id of our own, then let it go on its way."""
        body = self.new_visit()
        made = await self.api.post("/v1/observations", body, person=self.school.principal)
        self.noted.visits[made["observed_at"]] += 1
        row = self.noted.row("observations", made)
        moves = self.chance.choice(([], [("share", {})], [("share", {}), ("read", {})], [("void", {"reason": "a"})]))
        for name, said in moves:
            who = UUID(row["teacher_id"]) if name == "read" else self.school.principal
            made = await self.api.post(f"/v1/observations/{row['id']}/{name}", said, who, row["version"])
            self.noted.row("observations", made)
            row = made

    async def batch(self) -> None:
        items = [self.new_visit(id=str(new_id())) for _ in range(self.chance.randint(2, 12))]
        done = await self.api.post("/v1/observations/batch", {"items": items}, person=self.school.principal)
        for item, outcome in zip(items, done["data"], strict=True):
            assert outcome["status"] in {200, 201}, outcome
            self.noted.row("observations", outcome)
            self.noted.visits[item["observed_at"]] += 1
        await asyncio.sleep(0.2)

    async def name(self) -> None:
        """Change a person again and again, each time from the version that was acknowledged."""
        known = self.noted.versions.setdefault("people", {})
        person = self.chance.choice(sorted(known)) if len(known) > 4 else str(new_id())
        body = {"given_name": f"N{self.instant().timestamp():.0f}", "family_name": "Renamed", "external_ids": {}}
        self.noted.row("people", await self.api.put(f"/v1/people/{person}", body, version=known.get(person)))

    async def aim(self) -> None:
        known = self.noted.versions.setdefault("goals", {})
        goal = self.chance.choice(sorted(known)) if len(known) > 3 else str(new_id())
        body = {
            "level": "district", "org_id": str(self.school.org), "domain": "instruction",
            "title": f"Goal {self.instant().timestamp():.0f}",
        }  # fmt: skip
        made = await self.api.put(f"/v1/goals/{goal}", body, self.school.head, version=known.get(goal))
        self.noted.row("goals", made)

    async def send_file(self) -> None:
        """A file of an observation: announced, sent, and read back by its hash."""
        seen = await self.api.post("/v1/observations", self.new_visit(), person=self.school.principal)
        self.noted.visits[seen["observed_at"]] += 1
        self.noted.row("observations", seen)
        content = self.chance.randbytes(self.chance.randint(1_000, 300_000))
        digest = hashlib.sha256(content).hexdigest()
        address = f"/v1/observation-attachments/{new_id()}"
        body = {
            "observation_id": seen["id"], "name": "board.png", "media_type": "image/png", "size": len(content),
            "sha256": digest,
        }  # fmt: skip
        await self.api.put(address, body, person=self.school.principal)
        answer = await self.api.send(
            "PUT", f"{address}/content", self.school.principal, content=content,
            headers={"Content-Type": "application/octet-stream"},
        )  # fmt: skip
        made = self.noted.row("observation-attachments", answer.json())
        self.noted.files[made["id"]] = digest
        await asyncio.sleep(0.1)

    async def take_leave(self) -> None:
        """A file of rows as a job, whose result says that each was put."""
        first = self.instant().date() - timedelta(days=len(self.noted.versions.get("leaves", ())) * 3 + 400)
        days = [first - timedelta(days=n) for n in range(0, 9, 3)]
        lines = [f"{new_id()},{self.school.teachers[0]},sick,{day},{day}" for day in days]
        text = "\n".join(["id,person_id,kind,begin_date,end_date", *lines])
        done = await self.job(
            await self.api.send("POST", "/v1/leaves/import", None, content=text.encode(), headers={
                "Content-Type": "text/csv", "Prefer": "respond-async", "Idempotency-Key": str(new_id())})
        )  # fmt: skip
        assert done["result"] == {
            "rows": len(lines), "created": len(lines), "changed": 0, "unchanged": 0, "rejected": 0, "errors": []
        }, done  # fmt: skip
        self.noted.versions.setdefault("leaves", {}).update({line.partition(",")[0]: 1 for line in lines})
        await asyncio.sleep(0.5)

    async def sync(self) -> None:
        """The nightly roster, again and again, a few names changed each time."""
        made = await self.api.upload(
            "/v1/roster-imports", zipped(changed=self.chance.uniform(0.02, 0.3)), "application/zip"
        )
        await self.job(await self.api.send("GET", made["job"], None))
        done = await self.api.get(f"/v1/roster-imports/{made['id']}")
        assert done["state"] == "applied", done
        await asyncio.sleep(1)

    async def job(self, answer: Any) -> dict[str, Any]:
        """Follow a job to its end."""
        job: dict[str, Any] = answer.json()
        address = f"/v1/jobs/districts/{job['id']}"
        self.noted.jobs.add(address)
        while job["state"] not in JOB_DONE:
            await asyncio.sleep(0.2)
            job = await self.api.get(address)
        assert job["state"] == "succeeded", job
        return job

    async def ask(self) -> None:
        """Look, as a dashboard does."""
        paths = ("/v1/measures/feedback_latency", "/v1/people?limit=50", "/v1/jobs/districts", "/v1/observations")
        await self.api.get(self.chance.choice(paths), self.chance.choice((None, self.school.principal)))
        await asyncio.sleep(0.1)

    async def vanish(self, port: int, times: int) -> None:
        """Be clients who go away in mid-request: before its end, before the answer, in the answer."""
        await asyncio.gather(*(self._vanish(port) for _ in range(times)))

    async def _vanish(self, port: int) -> None:
        body = self.new_visit(id=str(new_id()))
        self.noted.loose.add(body["observed_at"])
        said = self.api.request_bytes("POST", "/v1/observations", body, self.school.principal)
        if self.chance.random() < 0.3:
            said = self.api.request_bytes("GET", "/v1/events?wait=20", None, None)
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said[: self.chance.choice((len(said), len(said), len(said) // 2))])
            await asyncio.sleep(self.chance.choice((0.0, 0.002, 0.01, 0.05)))
            writer.transport.abort()

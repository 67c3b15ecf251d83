"""Scenes that the tests of observations start from: a staff, a published framework, a visit as a tablet sends it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson

from shared.clock import new_id, now
from shared.testing.stack import District, token_of
from shared.testing.staff import Staff, small_staff

INDICATORS = 12
LOOK_FORS = 4


@dataclass
class Framework:
    id: UUID = field(default_factory=new_id)
    version_id: UUID = field(default_factory=new_id)
    indicators: list[UUID] = field(default_factory=lambda: [new_id() for _ in range(INDICATORS)])
    look_fors: list[UUID] = field(default_factory=lambda: [new_id() for _ in range(LOOK_FORS)])
    domain: UUID = field(default_factory=new_id)
    component: UUID = field(default_factory=new_id)

    def document(self, **changes: Any) -> dict[str, Any]:
        levels = [
            {"ordinal": n, "label": f"Level {n}", "descriptor": f"what {n} looks like",
             "critical_attributes": ["S explain to S."] if n == 4 else []}
            for n in (1, 2, 3, 4)
        ]  # fmt: skip
        indicators = [
            {"id": str(id_), "code": f"1{n}", "title": f"Indicator {n}", "description": None, "weight": None,
             "prompts": [], "levels": levels}
            for n, id_ in enumerate(self.indicators)
        ]  # fmt: skip
        component = {"id": str(self.component), "code": None, "title": "Component", "description": None, "weight": 0.5}
        domain = {"id": str(self.domain), "code": "1", "title": "Instruction", "description": None, "weight": None}
        look_fors = [
            {"id": str(id_), "code": None, "title": f"Look-for {n}", "description": None,
             "kind": "count" if n == 3 else "seen", "indicator_id": str(self.indicators[0]) if n == 0 else None,
             "weight": None, "prompts": ["Who spoke?"], "tags": ["culturally_responsive"] if n == 1 else []}
            for n, id_ in enumerate(self.look_fors)
        ]  # fmt: skip
        return {
            "framework_id": str(self.id),
            "label": "2026-27",
            "scoring": "levels",
            "domains": [domain | {"components": [component | {"indicators": indicators}]}],
            "look_fors": look_fors,
        } | changes


@dataclass
class School:
    """A district with its small staff (shared/testing/staff.py), a published framework, and who acts there."""

    district: District
    staff: Staff
    framework: Framework

    @property
    def id(self) -> UUID:
        return self.staff.schools[0]

    def acting(self, name: str | None = None) -> httpx.AsyncClient:
        return self.district.client(self.staff[name] if name else None)

    def visit(self, teacher: str = "teacher", **changes: Any) -> dict[str, Any]:
        """A whole observation in one body: 12 scores, 5 script lines, look-fors and feedback; submitted."""
        at = now().replace(microsecond=0) - timedelta(minutes=30)
        lines = [
            {"id": str(new_id()), "at": iso(at + timedelta(minutes=n)), "text": f"T asks question {n}.", "codes": []}
            for n in range(5)
        ]
        lines[0]["codes"] = [str(self.framework.indicators[0]), str(self.framework.look_fors[0])]
        return {
            "id": str(new_id()),
            "purpose": "coaching",
            "type": "informal",
            "state": "submitted",
            "teacher_id": str(self.staff[teacher]),
            "school_id": str(self.id),
            "framework_version_id": str(self.framework.version_id),
            "script": lines,
            "scores": [
                {"indicator_id": str(id_), "level": (3, "not_observed", "not_applicable")[n] if n < 3 else 2}
                for n, id_ in enumerate(self.framework.indicators)
            ],
            "look_fors": [
                {"look_for_id": str(self.framework.look_fors[0]), "mark": "seen"},
                {"look_for_id": str(self.framework.look_fors[3]), "mark": 7},
            ],
            "feedback": {
                "body": "You asked five open questions.",
                "evidence": [lines[0]["id"]],
                "next_steps": [{"text": "Wait three seconds.", "due_date": None}],
            },
        } | changes

    def plan(self, **changes: Any) -> dict[str, Any]:
        content = {"state": "scheduled", "script": [], "scores": [], "look_fors": [], "feedback": None}
        return self.visit(**content, scheduled_at=iso(now() + timedelta(days=1))) | changes

    async def record(self, observer: str = "principal", **changes: Any) -> dict[str, Any]:
        async with self.acting(observer) as http:
            return ok(await http.post("/v1/observations", json=self.visit(**changes)), 201)

    async def move(self, name: str, who: str, observation: dict[str, Any], **body: Any) -> dict[str, Any]:
        async with self.acting(who) as http:
            return ok(await step(http, name, observation, **body))

    async def events(self, kind: str = "", of: str | None = None) -> list[dict[str, Any]]:
        """Give what observations told its subscribers, in order."""
        database = self.district.stack.runtimes["observations"].database
        async with database.transaction(self.district.id) as connection:
            rows = await connection.fetch(
                """select payload from observations.outbox
                   where district_id = $1 and type like $2 || '%' and ($3::uuid is null or entity_id = $3)
                   order by seq""",
                self.district.id,
                kind,
                UUID(of) if of else None,
            )
        return [orjson.loads(row["payload"]) for row in rows]

    async def token(self, *scopes: str) -> str:
        return await token_of(
            self.district.stack, self.district.client_id, self.district.client_secret, " ".join(scopes)
        )


async def step(http: httpx.AsyncClient, name: str, observation: dict[str, Any], **body: Any) -> httpx.Response:
    etag = f'"{observation["version"]}"'
    return await http.post(f"/v1/observations/{observation['id']}/{name}", json=body, headers={"If-Match": etag})


async def a_school(district: District) -> School:
    """Make the staff, and publish a framework as the superintendent."""
    staff = await small_staff(district)
    school = School(district, staff, Framework())
    await publish(school)
    return school


async def publish(school: School) -> None:
    framework = school.framework
    async with school.acting("superintendent") as http:
        ok(await http.put(f"/v1/frameworks/{framework.id}", json={"name": "Teaching", "external_ids": {}}), 201)
        version = f"/v1/framework-versions/{framework.version_id}"
        drafted = ok(await http.put(version, json=framework.document()), 201)
        ok(await http.post(f"{version}/publish", headers={"If-Match": f'"{drafted["version"]}"'}))


def ok(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def refused(answer: httpx.Response, status: int, kind: str | None = None) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    if kind is not None:
        assert body["type"] == f"urn:throughline:problem:{kind}", body
    return body


def pointers(problem: dict[str, Any]) -> list[str]:
    return [error["pointer"] for error in problem["errors"]]


def iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")

"""A goal's line made through HTTP: coaching and observations do it, analytics hears of it by their feeds."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from shared.clock import new_id
from shared.testing.stack import District
from shared.testing.staff import Staff

STARTS = datetime(2024, 2, 5, 15, tzinfo=UTC)
PHASES = [{"key": "identify", "name": "Identify", "next": ["identify"]}]


def iso(at: datetime) -> str:
    return at.isoformat()


def ok(answer: httpx.Response) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.json()


@dataclass
class Line:
    """A district office, two schools with six teachers and a principal each, and a published framework."""

    staff: Staff
    version: UUID = field(default_factory=new_id)
    look_fors: list[UUID] = field(default_factory=lambda: [new_id() for _ in range(3)])
    model: UUID = field(default_factory=new_id)

    @property
    def district(self) -> District:
        return self.staff.district

    def acting(self, name: str | None = None) -> httpx.AsyncClient:
        return self.district.client(self.staff[name] if name else None)

    def school(self, index: int = 0) -> UUID:
        return self.staff.schools[index]

    def teachers(self, school: int = 0) -> list[UUID]:
        return [self.staff[f"teacher {school}{n}"] for n in range(6)]

    async def put(self, noun: str, who: str | None = None, row: UUID | None = None, **body: Any) -> UUID:
        row = row or new_id()
        async with self.acting(who) as http:
            ok(await http.put(f"/v1/{noun}/{row}", json={k: plain(v) for k, v in body.items()}))
        return row

    async def act(self, noun: str, row: UUID, verb: str, who: str | None = None, **body: Any) -> Any:
        async with self.acting(who) as http:
            json = {k: plain(v) for k, v in body.items()}
            return ok(await http.post(f"/v1/{noun}/{row}/{verb}", json=json, headers={"If-Match": "*"}))

    async def goal(self, level: str = "school", school: int = 0, **more: Any) -> UUID:
        org = self.staff.org if level == "district" else self.school(school)
        given = {"level": level, "org_id": org, "domain": "instruction", "title": f"A {level} goal"} | more
        goal = await self.put("goals", **given)
        await self.act("goals", goal, "activate")
        return goal

    async def action(self, goal: UUID, school: int = 0, **more: Any) -> UUID:
        plan = await self.put("work-plans", title="2025-26", org_id=self.school(school), school_year=2026)
        return await self.put("plan-actions", work_plan_id=plan, goal_id=goal, title="Learn to ask", **more)

    async def activity(self, org: UUID | None = None, **more: Any) -> UUID:
        given = {
            "title": "Questions that teach", "format": "workshop", "org_id": org or self.school(), "contact_hours": 3.0,
            "framework_version_id": self.version, "target_look_for_ids": self.look_fors[:2],
        } | more  # fmt: skip
        return await self.put("pl-activities", **given)

    async def deliver(self, activity: UUID, at: datetime, people: list[UUID], minutes: int = 90) -> UUID:
        session = await self.put("pl-sessions", activity_id=activity, starts_at=at, minutes=minutes)
        attendance = [{"person_id": str(person), "minutes": minutes} for person in people]
        await self.act("pl-sessions", session, "deliver", delivered_at=at, attendance=attendance)
        return session

    def visit(self, teacher: UUID, at: datetime, marks: list[Any], school: int = 0, **more: Any) -> dict[str, Any]:
        """An observation of history: marks in the order of the look-fors, None where it did not look."""
        given = {
            "id": new_id(), "purpose": "coaching", "type": "walkthrough", "state": "submitted", "teacher_id": teacher,
            "school_id": self.school(school), "observer_id": self.staff[f"principal {school}"],
            "framework_version_id": self.version, "observed_at": at, "submitted_at": at + timedelta(hours=1),
            "look_fors": [
                {"look_for_id": str(look_for), "mark": mark}
                for look_for, mark in zip(self.look_fors, marks, strict=False) if mark is not None
            ],
        } | more  # fmt: skip
        return {key: plain(value) for key, value in given.items()}

    async def record(self, *visits: dict[str, Any]) -> None:
        async with self.acting() as http:
            outcomes = ok(await http.post("/v1/observations/batch", json={"items": list(visits)}))["data"]
        assert [outcome for outcome in outcomes if outcome["status"] != 201] == []

    async def walk(self, at: datetime, stops: list[list[str | None]], school: int = 0, *, share: bool = True) -> UUID:
        team = [self.staff[f"principal {school}"]]
        walk = await self.put(
            "learning-walks", focus_question="What works?", school_id=self.school(school), scheduled_at=at,
            framework_version_id=self.version, look_for_ids=self.look_fors, team_ids=team,
        )  # fmt: skip
        await self.act("learning-walks", walk, "schedule")
        await self.act("learning-walks", walk, "start", at=at)
        for n, marks in enumerate(stops):
            given = [
                {"look_for_id": str(look_for), "mark": mark}
                for look_for, mark in zip(self.look_fors, marks, strict=False)
                if mark is not None
            ]
            await self.put("walk-stops", walk_id=walk, at=at + timedelta(minutes=n), minutes=5, marks=given)
        patterns = [{"kind": "strength", "statement": "Students ask"}]
        await self.act("learning-walks", walk, "debrief", debriefed_at=at + timedelta(hours=2), patterns=patterns)
        if share:
            await self.act("learning-walks", walk, "share", at=at + timedelta(hours=3))
        return walk

    async def link(self, source: tuple[str, UUID], target: tuple[str, UUID], **more: Any) -> UUID:
        ends = {"source_kind": source[0], "source_id": source[1], "target_kind": target[0], "target_id": target[1]}
        return await self.put("evidence-links", **ends, **more)

    async def cycle(
        self,
        teacher: str,
        sessions: list[tuple[datetime, int]],
        *,
        complete: bool = False,
        school: int = 0,
        **more: Any,
    ) -> UUID:
        """A cycle that its pair lived through; its coach is the other school's principal."""
        coach = f"principal {1 - school}"
        if not more.pop("known_model", False):
            await self.put("cycle-models", name="Impact Cycle", phases=PHASES, row=self.model)
        begun = sessions[0][0] if sessions else STARTS
        cycle = await self.put(
            "coaching-cycles", who=teacher, model_id=self.model, coachee_id=self.staff[teacher],
            org_id=self.school(school), coach_id=self.staff[coach], requested_at=begun - timedelta(days=3), **more,
        )  # fmt: skip
        await self.act("coaching-cycles", cycle, "activate", coach, at=begun - timedelta(days=1))
        for held, minutes in sessions:
            await self.put(
                "coaching-sessions", who=coach, cycle_id=cycle, type="plan", held_at=held, minutes=minutes, notes="x"
            )
        if complete:
            await self.act("coaching-cycles", cycle, "complete", coach, outcome="goal_met", at=sessions[-1][0])
        return cycle

    async def settle(self) -> None:
        await self.district.stack.settle()

    async def ask(self, path: str, who: str | None = None, status: int = 200, **query: Any) -> Any:
        async with self.acting(who) as http:
            answer = await http.get(path, params={k: plain(v) for k, v in query.items()})
        assert answer.status_code == status, answer.text
        return answer.json()


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, UUID) else value


async def new_line(district: District) -> Line:
    staff = await Staff(district).start()
    await staff.person("superintendent", ("leads", staff.org))
    await staff.person("visitor")
    for index, name in enumerate(("North", "South")):
        school = await staff.school(name)
        await staff.person(f"principal {index}", ("leads", school))
        for n in range(6):
            await staff.person(f"teacher {index}{n}", ("teaches_at", school))
    line = Line(staff)
    framework = await line.put("frameworks", name="Framework")
    look_fors = [{"id": str(id_), "title": f"Practice {n}"} for n, id_ in enumerate(line.look_fors)]
    await line.put("framework-versions", row=line.version, framework_id=framework, label="2026", look_fors=look_fors)
    await line.act("framework-versions", line.version, "publish")
    return line

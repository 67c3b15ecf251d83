"""What every PUT of the API has in common: the same again is done, and of several at once one makes the row."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.clock import new_id
from shared.testing.stack import District
from tests.observations.scenes import School, a_school, ok

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
AT_ONCE = 4
PHASES = [{"key": "identify", "name": "Identify", "next": []}]


@dataclass
class House:
    """A school in which each resource can be put, and what the resources refer to."""

    school: School
    ids: dict[str, UUID] = field(default_factory=dict)

    def id(self, name: str) -> str:
        return str(self.ids[name])

    @property
    def org(self) -> str:
        return str(self.school.id)

    def person(self, name: str) -> str:
        return str(self.school.staff[name])

    async def put(
        self, path: str, row_id: object, body: Mapping[str, Any], who: str | None = None, if_match: str | None = None
    ) -> httpx.Response:
        headers = {"If-Match": if_match} if if_match else {}
        async with self.school.acting(who) as http:
            return await http.put(f"/v1/{path}" + (f"/{row_id}" if row_id else ""), json=body, headers=headers)

    async def post(self, path: str, who: str | None = None, **body: Any) -> dict[str, Any]:
        async with self.school.acting(who) as http:
            return ok(await http.post(f"/v1/{path}", json=body, headers={"If-Match": "*"}))

    async def make(self, name: str, **changes: Any) -> UUID:
        """Put what another resource refers to; give its id."""
        self.ids[name] = new_id()
        body = body_of(self, name) | changes
        ok(await self.put(name, self.ids[name], body, ACTING.get(name)), 201)
        return self.ids[name]


# Who puts it, where it is not the machine; and the member that tells one PUT from another, where it is not the title.
ACTING = {
    "observations": "principal", "coaching-cycles": "coach", "coaching-sessions": "coach", "action-steps": "coach",
    "evidence-items": "principal", "evidence-packages": "principal", "observation-attachments": "principal",
    "visits": "principal",
}  # fmt: skip
NEEDS = {
    "plan-actions": ("work-plans",),
    "pl-sessions": ("pl-activities",),
    "coaching-cycles": ("cycle-models",),
    "coaching-sessions": ("cycle-models", "coaching-cycles"),
    "action-steps": ("cycle-models", "coaching-cycles"),
    "walk-stops": ("learning-walks",),
    "crosswalks": ("framework-versions",),
    "evidence-links": ("learning-walks",),
    "relationships": ("people", "orgs"),
    "staff-assignments": ("people", "orgs"),
    "leaves": ("people",),
    "school-attributes": ("orgs",),
    "calendars": ("orgs",),
    "role-grants": ("people", "orgs"),
    "legal-holds": ("people",),
    "data-share-agreements": ("partners",),
    "evidence-items": ("observations",),
    "observation-attachments": ("observations",),
    "evidence-packages": ("observations", "evidence-items"),
}
TOLD_BY = {
    "observations": "class_id", "evidence-links": "target_id", "learning-walks": "focus_question",
    "walk-stops": "subject", "frameworks": "name", "framework-versions": "label", "visions": "statement",
    "crosswalks": "name",
    "cycle-models": "name", "coaching-cycles": "focus", "coaching-sessions": "notes", "action-steps": "what",
    "orgs": "name", "people": "given_name", "partners": "name", "legal-holds": "reason", "schedules": "name",
    "evidence-items": "text", "evidence-packages": "reasoning", "observation-attachments": "name",
}  # fmt: skip


# What is said of a time that is over; another says something of the time since.
DATED = {"begin_date": "2025-08-01", "end_date": "2025-12-31"}


def body_of(house: House, name: str) -> dict[str, Any]:
    school = house.school
    look_fors = [str(one) for one in school.framework.look_fors[:2]]
    version, indicator = str(school.framework.version_id), str(school.framework.indicators[0])
    stop = {"walk_id": "learning-walks", "at": "2026-11-20T09:05:00Z", "minutes": 7, "subject": "Art"}
    held = {"type": "plan", "held_at": "2026-01-05T15:00:00Z", "minutes": 30, "notes": "x"}
    made = {
        "orgs": {"name": "North", "type": "school", "external_ids": {"sis": "1"}},
        "people": {"given_name": "Ada", "family_name": "Byron", "external_ids": {}},
        "relationships": DATED | {"kind": "teaches_at", "person_id": "people", "org_id": "orgs"},
        "staff-assignments": DATED | {"person_id": "people", "org_id": "orgs", "position": "teacher"},
        "leaves": DATED | {"person_id": "people", "kind": "sick"},
        "calendars": DATED | {"org_id": "orgs", "name": "C", "school_year": 2026, "time_zone": "UTC"},
        "school-attributes": DATED | {"org_id": "orgs", "school_year": 2026},
        "frameworks": {"name": "Teaching", "description": None, "external_ids": {}},
        "framework-versions": school.framework.document(label="next"),
        "framework-enablements": DATED | {"framework_version_id": version},
        "agreements": {
            "org_id": house.org, "title": "We wait", "statement": "Three seconds.", "framework_version_id": version,
            "look_for_ids": look_fors,
        },
        "crosswalks": {"name": "Then and now", "from_version_id": version, "to_version_id": "framework-versions"},
        "observations": {k: v for k, v in school.plan().items() if k != "id"},
        "learning-walks": {
            "focus_question": "What is working?", "school_id": house.org, "framework_version_id": version,
            "look_for_ids": look_fors, "team_ids": [house.person("principal")], "scheduled_at": "2026-11-20T09:00:00Z",
        },
        "walk-stops": stop | {"marks": [{"look_for_id": look_fors[0], "mark": "seen"}], "evidence": []},
        "evidence-links": {
            "source_kind": "learning_walk", "source_id": "learning-walks", "target_kind": "pl_activity",
            "target_id": str(school.framework.id),
        },
        "visions": {"org_id": house.org, "statement": "All read", "domains": ["instruction"]},
        "goals": {"level": "school", "org_id": house.org, "domain": "instruction", "title": "Read", "target": 0.5},
        "work-plans": {"title": "Plan", "org_id": house.org, "school_year": 2027},
        "plan-actions": {"work_plan_id": "work-plans", "title": "Act"},
        "pl-activities": {"title": "Wait time", "format": "workshop", "org_id": house.org, "contact_hours": 1.5},
        "pl-sessions": {"activity_id": "pl-activities", "title": "One", "starts_at": held["held_at"], "minutes": 30},
        "cycle-models": {"name": "Impact", "phases": PHASES},
        "coaching-cycles": {
            "model_id": "cycle-models", "coachee_id": house.person("teacher"), "coach_id": house.person("coach"),
            "org_id": house.org, "focus": "wait time", "goal": {"statement": "Three seconds", "target": 0.8},
        },
        "coaching-sessions": held | {"cycle_id": "coaching-cycles"},
        "action-steps": {"cycle_id": "coaching-cycles", "what": "count to three"},
        "partners": {"name": "University", "kind": "higher_education"},
        "data-share-agreements": DATED | {"partner_id": "partners", "scopes": ["roster.read"], "signed_by": "Board"},
        "identity-providers": {
            "name": "IdP", "issuer": "https://idp.example", "audiences": ["app"], "person_by": "email",
            "person_claim": "email",
        },
        "legal-holds": {"person_id": "people", "reason": "case 7"},
        "schedules": {"name": "Nightly", "task": {"kind": "roster_export"}, "cron": "30 2 * * *"},
        "role-grants": DATED | {
            "person_id": "people", "org_id": "orgs", "role": "lead_teacher", "kind": "informal", "state": "active",
        },
        "evidence-items": {
            "observation_id": "observations", "kind": "note", "text": "Hands went up.", "codes": [indicator],
        },
        "evidence-packages": {
            "observation_id": "observations", "indicator_id": indicator, "level": 3,
            "begin": 0, "end": 4, "reasoning": "They explain.", "evidence_ids": ["evidence-items"],
        },
        "observation-attachments": {
            "observation_id": "observations", "name": "a.txt", "media_type": "text/plain", "size": 1,
            "sha256": "0" * 64,
        },
        "visits": {
            "purpose": "coaching", "teacher_id": house.person("teacher"), "school_id": house.org,
            "framework_version_id": version, "observer_ids": [house.person("principal"), house.person("coach")],
        },
        "prior-ratings": {
            "teacher_id": house.person("teacher"), "school_id": house.org, "school_year": 2026, "band": 3,
        },
        "feedback-targets": {
            "teacher_id": house.person("teacher"), "school_id": house.org, "every_days": 14, "begin_date": "2026-08-01",
        },
        "expectation-policies": DATED | {
            "name": "Minimum", "school_year": 2026, "end_date": "2026-06-30",
            "windows": [{"key": "spring", "begin_date": "2026-03-01", "due_date": "2026-05-01"}],
            "rules": [{"key": "all", "asks": [{"key": "one", "window": "spring", "observations": 1}]}],
        },
        # One for each district, at a path without an id.
        "settings/retention": {"years": {"leaves": 7}},
        "settings/data-use-policy": {"purposes": ["improvement"], "n_min": 10},
        "observation-policy": {"feedback_clock": {"unit": "hours", "amount": 48}, "read_within_days": 5},
    }[name]  # fmt: skip
    return {key: _referred(house, name, value) for key, value in made.items()}


def _referred(house: House, name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_referred(house, name, each) for each in value]
    return house.id(value) if isinstance(value, str) and value in NEEDS.get(name, ()) else value


def another(house: House, name: str, number: int) -> dict[str, Any]:
    """Give a body that differs from every other number's."""
    if (body := body_of(house, name)).keys() >= DATED.keys():
        return body | {"begin_date": f"2026-01-{number + 1:02}", "end_date": "2026-06-30"}
    # What no text tells from another.
    observer = house.person(("coach", "colleague", "stranger", "superintendent")[number])
    told = {
        "visits": {"observer_ids": [house.person("principal"), observer]},
        "identity-providers": {"issuer": f"https://idp{number}.example"},
        "prior-ratings": {"school_year": number + 2000},
        "feedback-targets": {"every_days": number + 20},
        "settings/retention": {"years": {"leaves": number + 1}},
        "settings/data-use-policy": {"n_min": number + 20},
        "observation-policy": {"read_within_days": number + 10},
    }
    if name in told:
        return body | told[name]
    key = TOLD_BY.get(name, "title")
    value = (
        str(new_id()) if key.endswith("_id") else f"2026-01-{number + 1:02}" if key.endswith("_date") else str(number)
    )
    return body_of(house, name) | {key: value}


@pytest.fixture
async def house(district: District) -> House:
    return House(await a_school(district))


async def furnish(house: House, name: str) -> None:
    for needed in NEEDS.get(name, ()):
        await house.make(needed)
    if name == "crosswalks":
        await house.post(f"framework-versions/{house.id('framework-versions')}/publish")
    if name == "walk-stops":
        for verb in ("schedule", "start"):
            await house.post(f"learning-walks/{house.id('learning-walks')}/{verb}")


FOR_GOOD = {"data-share-agreements"}  # signed as they are put: of no version can another be made


def puts(*, of_ids: bool) -> list[str]:
    """Give the nouns whose rows are put under an id, or what a district has one of and puts at a path of its own."""
    paths = json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    whole = [path for path, item in paths.items() if path.startswith("/v1/") and "put" in item]
    if not of_ids:
        return sorted(path.removeprefix("/v1/") for path in whole if "{" not in path)
    return sorted(path.split("/")[2] for path in whole if path.endswith("}"))


@pytest.mark.parametrize("name", puts(of_ids=True))
async def test_of_several_first_puts_one_makes_it(house: House, name: str) -> None:
    await furnish(house, name)
    row_id, who, body = new_id(), ACTING.get(name), body_of(house, name)
    same = await asyncio.gather(*(house.put(name, row_id, body, who) for _ in range(AT_ONCE)))
    assert sorted(answer.status_code for answer in same) == [200] * (AT_ONCE - 1) + [201], [a.text for a in same]
    assert {answer.headers["ETag"] for answer in same} == {'"1"'}
    assert all(answer.json() == same[0].json() for answer in same)
    row_id = new_id()
    bodies = [another(house, name, number) for number in range(AT_ONCE)]
    others = await asyncio.gather(*(house.put(name, row_id, body, who, '"9"') for body in bodies))
    refused = 409 if name in FOR_GOOD else 412
    assert sorted(answer.status_code for answer in others) == [201] + [refused] * (AT_ONCE - 1), [
        answer.text for answer in others
    ]


@pytest.mark.parametrize("name", puts(of_ids=False))
async def test_of_what_a_district_has_one_of_one_first_put_makes_it(house: House, name: str) -> None:
    body = body_of(house, name)
    same = await asyncio.gather(*(house.put(name, None, body) for _ in range(AT_ONCE)))
    assert sorted(answer.status_code for answer in same) == [200] * (AT_ONCE - 1) + [201], [a.text for a in same]
    assert {answer.headers["ETag"] for answer in same} == {'"1"'}
    assert all(answer.json() == same[0].json() for answer in same)


@pytest.mark.parametrize("name", puts(of_ids=False))
async def test_of_several_that_differ_one_makes_what_a_district_has_one_of(house: House, name: str) -> None:
    bodies = [another(house, name, number) for number in range(AT_ONCE)]
    others = await asyncio.gather(*(house.put(name, None, body, None, '"9"') for body in bodies))
    assert sorted(answer.status_code for answer in others) == [201] + [412] * (AT_ONCE - 1), [a.text for a in others]


async def test_what_is_there_already_is_done_whatever_became_of_it(house: House) -> None:
    """A tablet that was offline repeats what it said days ago."""
    said: list[tuple[str, UUID, dict[str, Any], str | None]] = []

    async def say(name: str, who: str | None = None, **changes: Any) -> UUID:
        row_id, body = new_id(), body_of(house, name) | changes
        ok(await house.put(name, row_id, body, who), 201)
        house.ids[name] = row_id
        said.append((name, row_id, body, who))
        return row_id

    await say("cycle-models")
    cycle = await say("coaching-cycles", "teacher", coach_id=None)
    await say("coaching-cycles")
    matched = house.ids["coaching-cycles"]
    await say("coaching-sessions", "coach")
    await say("action-steps", "coach")
    await house.post(f"coaching-cycles/{cycle}/match", "principal", coach_id=house.person("coach"))
    await house.post(f"coaching-cycles/{matched}/activate", "coach")
    await house.post(f"coaching-cycles/{matched}/complete", "coach", outcome="goal_met")
    walk = await say("learning-walks", "principal")
    await house.post(f"learning-walks/{walk}/schedule")
    await house.post(f"learning-walks/{walk}/start")
    await say("walk-stops", "principal")
    patterns = [{"kind": "wonder", "statement": "Reasons are rare."}]
    await house.post(f"learning-walks/{walk}/debrief", patterns=patterns)
    activity = await say("pl-activities")
    session = await say("pl-sessions")
    await house.post(f"pl-sessions/{session}/deliver", attendance=[])
    await house.post(f"pl-activities/{activity}/complete")
    plan = await say("work-plans")
    await say("plan-actions")
    await house.post(f"work-plans/{plan}/adopt")
    await house.post(f"work-plans/{plan}/close")
    goal = await say("goals")
    await house.post(f"goals/{goal}/drop")
    version = await say("framework-versions")
    await house.post(f"framework-versions/{version}/publish")
    cancelled = await say("observations", "principal")
    await house.post(f"observations/{cancelled}/cancel", "principal", reason="snow")
    voided = await say("observations", "principal", **visited(house))
    await house.post(f"observations/{voided}/void", "principal", reason="the wrong class")
    for name, row_id, body, who in said:
        async with house.school.acting(who) as http:
            now = await http.get(f"/v1/{name}/{row_id}")
        for if_match in (None, '"1"', '"99"'):
            again = await house.put(name, row_id, body, who, if_match)
            assert again.status_code == 200, (name, again.text)
            assert again.headers["ETag"] == now.headers["ETag"], name
        assert again.json() == now.json(), name


def visited(house: House) -> dict[str, Any]:
    visit = house.school.visit()
    return {name: visit[name] for name in ("state", "script", "scores", "look_fors", "feedback")}


async def test_an_equal_put_tells_nobody_of_what_they_may_not_see(house: House) -> None:
    await house.make("cycle-models")
    cycle = await house.make("coaching-cycles")
    body = body_of(house, "coaching-cycles")
    assert (await house.put("coaching-cycles", cycle, body)).status_code == 200
    for who in ("stranger", "colleague"):
        for tried in (body, body | {"focus": "another"}):
            assert (await house.put("coaching-cycles", cycle, tried, who)).status_code == 404
    session = await house.make("coaching-sessions")
    held = body_of(house, "coaching-sessions")
    for who, status in (("principal", 403), ("stranger", 404), (None, 403), ("teacher", 200)):
        assert (await house.put("coaching-sessions", session, held, who)).status_code == status, who


async def test_something_else_still_needs_its_version_and_its_right(house: House) -> None:
    await house.make("cycle-models")
    cycle = await house.make("coaching-cycles")
    other = body_of(house, "coaching-cycles") | {"focus": "another"}
    assert (await house.put("coaching-cycles", cycle, other)).status_code == 403
    assert (await house.put("coaching-cycles", cycle, other, "coach")).status_code == 428
    assert (await house.put("coaching-cycles", cycle, other, "coach", '"9"')).status_code == 412
    assert (await house.put("coaching-cycles", cycle, other, "coach", '"1"')).status_code == 200

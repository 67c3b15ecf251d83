"""Sets the district up: the roster goes in, leaders and coaches come by PUT, the framework, the goals and the plans."""

import asyncio
import io
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from uuid import UUID

from bench.roster import Shape, write
from demo import story, texts
from demo.api import Api, DemoFailed
from demo.progress import Steps
from demo.story import SchoolYear, name_id

TEACHERS = 24  # a school
COACHES = (("Imani", "Okafor"), ("Mateo", "Reyes"), ("Saoirse", "Byrne"))
PHASES = (
    {"key": "identify", "name": "Identify", "next": ["learn"]},
    {"key": "learn", "name": "Learn", "next": ["improve"]},
    {"key": "improve", "name": "Improve", "next": ["improve", "identify"]},
)
FINAL = {"applied", "refused", "failed", "held", "cancelled"}


@dataclass
class Setting:
    """What the play needs to know of the district that it found."""

    district: str
    org: UUID
    superintendent: UUID
    schools: list[SchoolYear]
    version: UUID
    look_fors: dict[str, UUID]
    indicators: dict[str, UUID]
    goal: UUID
    school_goals: dict[UUID, UUID]
    activities: dict[UUID, UUID]


async def import_roster(api: Api, schools: int, progress: Steps) -> dict[str, Any]:
    """Upload a OneRoster zip and follow its job to the end."""
    target = io.BytesIO()
    write(target, Shape(schools, teachers=TEACHERS, students=180, classes=72, year=story.YEAR_ENDS, seed=7))
    task = progress.add_task("Roster (OneRoster 1.2 zip)", total=None)
    made = await api.upload("/v1/roster-imports", target.getvalue(), "application/zip")
    while True:
        now = await api.get(f"/v1/roster-imports/{made['id']}")
        if now["state"] in FINAL:
            break
        job = await api.get(now["job"])
        progress.update(task, total=job["total"], completed=job["done"])
        await asyncio.sleep(0.1)
    progress.update(task, total=1, completed=1)
    if now["state"] != "applied":
        raise DemoFailed(f"the roster import ended as {now['state']}: {now}")
    return dict(now)


async def read_schools(api: Api) -> tuple[UUID, UUID, list[SchoolYear]]:
    """Read the roster back: the district, its superintendent, and each school with its staff."""
    orgs, people = await asyncio.gather(api.all("/v1/orgs"), api.all("/v1/people"))
    district = next(UUID(org["id"]) for org in orgs if org["type"] == "district")
    staff: dict[tuple[str, str], list[UUID]] = {}
    for person in people:
        for role in person["roles"]:
            staff.setdefault((role["org_id"], role["role"]), []).append(UUID(person["id"]))
    schools = [
        SchoolYear(
            number=number,
            id=UUID(org["id"]),
            name=org["name"],
            story=story.STORIES[number % len(story.STORIES)],
            principal=staff[org["id"], "principal"][0],
            coach=name_id(district, "coach", number),
            teachers=sorted(staff[org["id"], "teacher"]),
        )
        for number, org in enumerate(sorted((o for o in orgs if o["type"] == "school"), key=lambda o: o["name"]))
    ]
    return district, staff[str(district), "districtAdministrator"][0], schools


async def hire_coaches(api: Api, schools: list[SchoolYear]) -> None:
    """Add an instructional coach to each school, who supports its teachers; the nightly sync will leave them be."""
    for school, (given, family) in zip(schools, cycle(COACHES), strict=False):
        role = {"role": "ext:instructionalCoach", "org_id": str(school.id)}
        body = {"given_name": given, "family_name": family, "roles": [role]}
        await api.put(f"/v1/people/{school.coach}", body)
    ties = [(school, teacher) for school in schools for teacher in school.teachers]
    await asyncio.gather(
        *(
            api.put(
                f"/v1/relationships/{name_id(school.coach, teacher)}",
                {"person_id": str(school.coach), "kind": "coaches", "target_person_id": str(teacher)},
            )
            for school, teacher in ties
        )
    )


async def wait_for_copies(api: Api, schools: list[SchoolYear]) -> None:
    """Wait until the coaches may act everywhere: rights follow the roster within seconds, not at once."""
    for school in schools:
        for path in ("/v1/observations", "/v1/coaching-cycles", "/v1/measures"):
            for _ in range(100):
                try:
                    await api.get(path, person=school.coach)
                    break
                except DemoFailed:
                    await asyncio.sleep(0.1)


async def publish_framework(api: Api, district: UUID) -> tuple[UUID, dict[str, UUID], dict[str, UUID]]:
    framework, version = name_id(district, "framework"), name_id(district, "framework", "2025")
    indicators = {key: name_id(district, "indicator", key) for key in story.INDICATORS}
    look_fors = {key: name_id(district, "look-for", key) for key in story.LOOK_FORS}
    await api.put(f"/v1/frameworks/{framework}", {"name": "Thinking Classrooms"})
    body = {
        "framework_id": str(framework),
        "label": "2025-26",
        "domains": _domains(district, indicators),
        "look_fors": [{"id": str(look_fors[key]), "title": title} for key, title in story.LOOK_FORS.items()],
    }
    made = await api.put(f"/v1/framework-versions/{version}", body)
    await api.post(f"/v1/framework-versions/{version}/publish", version=made["version"])
    return version, indicators, look_fors


def _domains(district: UUID, indicators: dict[str, UUID]) -> list[dict[str, Any]]:
    levels = [{"ordinal": n, "label": label} for n, label in enumerate(story.LEVELS, start=1)]
    tree: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for key, (domain, component, title) in story.INDICATORS.items():
        found = tree.setdefault(domain, {}).setdefault(component, [])
        found.append({"id": str(indicators[key]), "title": title, "levels": levels})
    return [
        {
            "id": str(name_id(district, "domain", domain)),
            "title": domain,
            "components": [
                {"id": str(name_id(district, "component", component)), "title": component, "indicators": leaves}
                for component, leaves in components.items()
            ],
        }
        for domain, components in tree.items()
    ]


async def set_goals(api: Api, found: Setting) -> None:
    """Write the line from vision to learning: vision, district goal, school goals, work plans, actions, PL."""
    vision = name_id(found.district, "vision")
    domains = ["instruction", "culture_and_character", "leadership"]
    head = found.superintendent
    await api.put(
        f"/v1/visions/{vision}", {"org_id": str(found.org), "statement": texts.VISION, "domains": domains}, person=head
    )
    goal = {
        "level": "district", "org_id": str(found.org), "vision_id": str(vision), "domain": "instruction",
        "title": "Students explain their thinking", "unit": "share of lessons", "baseline": 0.34, "target": 0.6,
        "due_date": str(story.LAST_DAY),
    }  # fmt: skip
    made = await api.put(f"/v1/goals/{found.goal}", goal, person=head)
    await api.post(f"/v1/goals/{found.goal}/activate", person=head, version=made["version"])
    model = name_id(found.district, "cycle-model")
    await api.put(f"/v1/cycle-models/{model}", {"name": "Impact Cycle", "phases": list(PHASES)}, person=head)
    for school in found.schools:
        await _plan(api, found, school, goal)


async def _plan(api: Api, found: Setting, school: SchoolYear, goal: dict[str, Any]) -> None:
    own = name_id(found.district, "goal", school.id)
    found.school_goals[school.id] = own
    body = {key: goal[key] for key in ("domain", "unit", "baseline", "due_date")} | {
        "level": "school", "org_id": str(school.id), "parent_id": str(found.goal), "target": 0.55,
        "title": f"At {school.name}, students give reasons for what they say",
    }  # fmt: skip
    made = await api.put(f"/v1/goals/{own}", body, person=school.principal)
    await api.post(f"/v1/goals/{own}/activate", person=school.principal, version=made["version"])
    plan, action = name_id(found.district, "plan", school.id), name_id(found.district, "action", school.id)
    written = {"title": f"{school.name}: work plan 2025-26", "org_id": str(school.id), "school_year": story.YEAR_ENDS}
    planned = await api.put(f"/v1/work-plans/{plan}", written, person=school.principal)
    await api.put(
        f"/v1/plan-actions/{action}",
        {
            "work_plan_id": str(plan), "goal_id": str(own), "owner_id": str(school.principal), "due_date": "2025-12-19",
            "title": "All teachers learn to invite reasoning, and try it", "state": "in_progress",
        },
        person=school.principal,
    )  # fmt: skip
    await api.post(f"/v1/work-plans/{plan}/adopt", person=school.principal, version=planned["version"])
    if school.story.offers_learning:
        await _offer(api, found, school, own, action)


async def _offer(api: Api, found: Setting, school: SchoolYear, goal: UUID, action: UUID) -> None:
    activity = name_id(found.district, "activity", school.id)
    found.activities[school.id] = activity
    body = {
        "title": "Questions that open thinking up", "format": "workshop", "org_id": str(school.id),
        "goal_id": str(goal), "plan_action_id": str(action), "framework_version_id": str(found.version),
        "target_look_for_ids": [str(found.look_fors[key]) for key in story.TARGETS],
        "required_minutes": 150, "contact_hours": 4.5,
    }  # fmt: skip
    await api.put(f"/v1/pl-activities/{activity}", body, person=school.principal)


async def prepare(api: Api, progress: Steps, *, schools: int = 3) -> tuple[Setting, dict[str, Any]]:
    """Do all of it, in order."""
    imported = await import_roster(api, schools, progress)
    task = progress.add_task("People, framework, goals and plans", total=4)
    org, superintendent, found_schools = await read_schools(api)
    await hire_coaches(api, found_schools)
    progress.advance(task)
    await wait_for_copies(api, found_schools)
    progress.advance(task)
    version, indicators, look_fors = await publish_framework(api, org)
    progress.advance(task)
    found = Setting(
        district=str(org), org=org, superintendent=superintendent, schools=found_schools, version=version,
        look_fors=look_fors, indicators=indicators, goal=name_id(org, "goal"), school_goals={}, activities={},
    )  # fmt: skip
    await set_goals(api, found)
    progress.advance(task)
    for school in found_schools:
        story.write(school, found.district)
    return found, imported

"""One example of every resource, made in one district as its users make them; what a path names is looked up here.

`Examples.id_at` gives the id that stands at a place of a path. A noun without one fails the test of operations: put an
example of it into `furnish`, in the order in which one needs the other.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

import httpx

from shared.clock import new_id, now
from shared.settings import SERVICE_NAMES
from shared.testing.stack import District
from tests.districts.oneroster.samples import ODD, sample
from tests.districts.oneroster.test_contract import hand_in
from tests.districts.rosters import export, upload
from tests.observations.scenes import Framework, iso

NAMESPACE = UUID("0192f0c1-2b3c-7d4e-8f50-617283940a1d")
PEOPLE = {
    "superintendent": ("districtAdministrator", "d"),
    "principal": ("principal", "north"),
    "teacher": ("teacher", "north"),
    "colleague": ("teacher", "north"),
    "coach": ("teacher", "north"),
    "lead": ("teacher", "north"),
    "evaluator": ("teacher", "south"),
    "stranger": ("teacher", "south"),
}
# By the segment before it: the ids of the small roster of the standard's tests.
SOURCED = {
    "orgs": "d1", "schools": "S/1", "academicSessions": "t/1", "terms": "t/1", "gradingPeriods": "g1",
    "courses": "c/1", "classes": "k/1", "users": ODD, "students": ODD, "teachers": "t1", "enrollments": "e/1",
    "demographics": ODD, "categories": "home/work", "lineItems": "i/1", "results": "r/1", "scoreScales": "A-F",
}  # fmt: skip
SIS = {
    "name": "SIS", "base_url": "https://sis.example/ims/oneroster/rostering/v1p2", "client_id": "key",
    "token_url": "https://sis.example/token", "secret": "secret-of-the-sis",
}  # fmt: skip
HELD = {"held_at": "2026-01-05T15:00:00Z", "minutes": 30}


@dataclass
class Examples:
    district: District
    ids: dict[str, str] = field(default_factory=dict)  # by the path before it: "/v1/goals"
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    more: dict[str, str] = field(default_factory=dict)  # others of the same kinds, by a name of ours
    framework: Framework = field(default_factory=Framework)

    def named(self, name: str) -> str:
        return str(uuid5(NAMESPACE, f"{self.district.id} {name}"))

    def acting(self, name: str | None) -> httpx.AsyncClient:
        return self.district.client(UUID(self.named(name)) if name else None)

    def id_at(self, before: str) -> str | None:
        """Give the id that stands after this part of a path."""
        if before.startswith("/v1/observations/") and before.endswith("/reports"):
            return "1"
        if before.startswith("/ims/"):
            return SOURCED.get(before.rpartition("/")[2])
        return self.ids.get(before)

    async def put(self, noun: str, body: dict[str, Any], who: str | None = None, row_id: str | None = None) -> str:
        path = f"/v1/{noun}"
        self.ids[path] = row_id or str(new_id())
        self.bodies[path] = body
        async with self.acting(who) as http:
            answer = await http.put(f"{path}/{self.ids[path]}", json=body)
        assert answer.status_code == 201, (noun, answer.text)
        return self.ids[path]

    async def post(self, path: str, body: dict[str, Any] | None = None, who: str | None = None) -> httpx.Response:
        async with self.acting(who) as http:
            answer = await http.post(path, json=body, headers={"If-Match": "*"})
        assert answer.status_code < 300, (path, answer.text)
        return answer


def path_of(template: str, examples: Examples, *, made_up: bool = False) -> str | None:
    """Fill a path with the examples' ids, or with ids of nothing; None where there is no example."""
    before = done = ""
    for segment in template.split("/")[1:]:
        sent = segment
        if segment.startswith("{"):
            known = examples.id_at(before)
            if known is None:
                return None
            nothing = made_up and not known.isdigit()  # a number is as good where there is nothing
            sent = quote(str(new_id()) if nothing else known, safe="")
        before += f"/{segment}"
        done += f"/{sent}"
    return done


async def furnish(district: District) -> Examples:
    made = Examples(district)
    roster = await upload(district, sample())
    made.ids["/v1/roster-imports"] = roster["id"]
    await hand_in(district)
    await _people(made)
    await _of_schools(made)
    await _observations(made)
    await _coaching(made)
    await _machinery(made)
    await district.stack.settle()
    async with made.acting(None) as http:
        made.ids["/v1/expectations"] = (await http.get("/v1/expectations")).json()["data"][0]["id"]
        made.ids["/v1/events"] = (await http.get("/v1/events", params={"limit": 1})).json()["data"][0]["id"]
    pulled = await made.post(f"/v1/roster-sources/{made.ids['/v1/roster-sources']}/pull", {"mode": "full"})
    made.ids["/v1/roster-pulls"] = pulled.json()["id"]
    async with made.acting(None) as http:  # nobody answers there, and whoever settles would wait for that
        etag = (await http.get(pulled.json()["job"])).headers["ETag"]
        assert (await http.post(f"{pulled.json()['job']}/cancel", headers={"If-Match": etag})).is_success
    return made


async def _people(made: Examples) -> None:
    for name, kind, parent in (("d", "district", None), ("south", "school", "d"), ("north", "school", "d")):
        body = {"name": name, "type": kind, "parent_id": parent and made.named(parent), "external_ids": {}}
        await made.put("orgs", body, row_id=made.named(name))
    for name, (role, org) in PEOPLE.items():
        roles = [{"role": role, "org_id": made.named(org)}]
        body = {"given_name": name, "family_name": "Test", "roles": roles, "external_ids": {}}
        await made.put("people", body, row_id=made.named(name))
    made.ids["/v1/people"] = made.named("teacher")
    for who, kind in (("evaluator", "evaluates"), ("coach", "coaches")):
        ends = {"person_id": made.named(who), "target_person_id": made.named("teacher")}
        await made.put("relationships", ends | {"kind": kind})
    coaches = made.ids["/v1/relationships"]
    # Who leads by hand is a school leader: a lead teacher, no administrator.
    await made.put("relationships", {"person_id": made.named("lead"), "kind": "leads", "org_id": made.named("north")})
    made.ids["/v1/relationships"] = coaches
    await made.district.stack.settle()
    async with made.acting(None) as http:
        for noun in ("terms", "courses", "classes", "enrollments"):
            made.ids[f"/v1/{noun}"] = (await http.get(f"/v1/{noun}")).json()["data"][0]["id"]


async def _of_schools(made: Examples) -> None:
    dated = {"begin_date": "2026-08-01", "end_date": "2027-06-30"}
    north, teacher = made.named("north"), made.named("teacher")
    await made.put("staff-assignments", dated | {"person_id": teacher, "org_id": north, "position": "teacher"})
    await made.put("leaves", dated | {"person_id": teacher, "kind": "sick"})
    grant = {"person_id": teacher, "org_id": north, "role": "lead_teacher", "kind": "informal", "state": "active"}
    await made.put("role-grants", dated | grant)
    await _of_expectations(made, dated)
    await made.put("calendars", dated | {"org_id": north, "name": "C", "school_year": 2027, "time_zone": "UTC"})
    await made.put("school-attributes", dated | {"org_id": north, "school_year": 2027})


async def _of_expectations(made: Examples, dated: dict[str, str]) -> None:
    of = {"teacher_id": made.named("teacher"), "school_id": made.named("north")}
    await made.put("prior-ratings", of | {"school_year": 2026, "band": 3})
    window = {"key": "fall", "begin_date": "2026-08-01", "due_date": "2026-12-18"}
    rules = [{"key": "all", "asks": [{"key": "one", "window": "fall", "observations": 1}]}]
    policy = dated | {"name": "Minimum", "school_year": 2027, "windows": [window], "rules": rules}
    await made.put("expectation-policies", policy)
    await made.put("feedback-targets", of | {"every_days": 14, "begin_date": "2026-08-01"})


def _visit(made: Examples, purpose: str) -> dict[str, Any]:
    line = {"id": str(new_id()), "at": iso(now() - timedelta(minutes=9)), "text": "T asks why.", "codes": []}
    return {
        "purpose": purpose, "type": "informal", "state": "shared", "teacher_id": made.named("teacher"),
        "school_id": made.named("north"), "script": [line],
        "feedback": {"body": "You asked why.", "evidence": [line["id"]], "next_steps": []},
    }  # fmt: skip


async def _observations(made: Examples) -> None:
    framework, north = made.framework, made.named("north")
    await made.put("frameworks", {"name": "Teaching", "external_ids": {}}, row_id=str(framework.id))
    await made.put("framework-versions", framework.document(), row_id=str(framework.version_id))
    await made.post(f"/v1/framework-versions/{framework.version_id}/publish")
    read = {"framework_version_id": str(framework.version_id)}
    beside = await made.put("framework-versions", Framework(id=framework.id).document(label="beside"))
    await made.post(f"/v1/framework-versions/{beside}/publish")
    between = {"from_version_id": str(framework.version_id), "to_version_id": beside}
    await made.put("crosswalks", between | {"name": "Then and now"})
    made.ids["/v1/framework-versions"] = str(framework.version_id)
    made.bodies["/v1/framework-versions"] = framework.document()
    await made.put("framework-enablements", read | {"begin_date": "2026-01-01"})
    made.ids["/v1/acknowledgements"] = (await made.post("/v1/acknowledgements", read, "teacher")).json()["id"]
    for purpose in ("evaluation", "research", "walk", "coaching"):
        made.more[purpose] = await made.put("observations", _visit(made, purpose), "principal")
    draft = _visit(made, "evaluation") | {"state": "in_progress"}
    made.more["draft"] = await made.put("observations", draft, "principal")
    made.ids["/v1/observations"] = made.ids["/v1/feedback"] = made.more["coaching"]
    made.bodies["/v1/observations"] = _visit(made, "coaching")
    await _evidence(made)
    look_fors = [str(one) for one in framework.look_fors[:2]]
    agreed = {"org_id": north, "title": "We wait", "statement": "Three seconds after a question."}
    await made.put("agreements", agreed | read | {"look_for_ids": look_fors}, "principal")
    walk = await made.put(
        "learning-walks",
        {"focus_question": "What is working?", "school_id": north, "framework_version_id": str(framework.version_id),
         "look_for_ids": look_fors, "team_ids": [made.named("principal")], "scheduled_at": "2026-11-20T09:00:00Z"},
        "principal",
    )  # fmt: skip
    for verb in ("schedule", "start"):
        await made.post(f"/v1/learning-walks/{walk}/{verb}", {} if verb == "start" else None, "principal")
    marks = [{"look_for_id": look_fors[0], "mark": "seen"}]
    stop = {"walk_id": walk, "at": "2026-11-20T09:05:00Z", "minutes": 7, "marks": marks, "evidence": []}
    await made.put("walk-stops", stop, "principal")
    link = {"source_kind": "learning_walk", "source_id": walk, "target_id": walk, "note": "why"}
    made.more["to_cycle"] = await made.put("evidence-links", link | {"target_kind": "coaching_cycle"}, "principal")
    await made.put("evidence-links", link | {"target_kind": "pl_activity"}, "principal")


async def _evidence(made: Examples) -> None:
    """What hangs on an observation, and a conflict: somebody changed what a tablet had changed, too."""
    seen = {"observation_id": made.more["coaching"]}
    await made.put("evidence-items", seen | {"kind": "note", "text": "Hands went up."}, "principal")
    draft = _visit(made, "coaching") | {
        "state": "in_progress", "framework_version_id": str(made.framework.version_id), "feedback": None,
    }  # fmt: skip
    rated = await made.put("observations", draft, "principal")
    line, indicator = draft["script"][0]["id"], str(made.framework.indicators[0])
    span = {"observation_id": rated, "kind": "script", "line_id": line, "begin": 0, "end": 4, "codes": [indicator]}
    item = await made.put("evidence-items", span, "principal")
    claim = {
        "observation_id": rated,
        "indicator_id": indicator,
        "level": 3,
        "begin": 0,
        "end": 6,
        "evidence_ids": [item],
    }
    await made.put("evidence-packages", claim, "principal")
    file = {"observation_id": rated, "name": "a.txt", "media_type": "text/plain", "size": 1, "sha256": "0" * 64}
    await made.put("observation-attachments", file, "principal")
    for named in ("look_fors", "scores"):
        sent = draft | {"id": rated, "base_version": 1, "script": draft["script"] if named == "look_fors" else []}
        sent["class_id"] = str(new_id())
        answer = await made.post("/v1/observations/batch", {"items": [sent]}, "principal")
    (outcome,) = answer.json()["data"]
    made.ids["/v1/observation-conflicts"] = outcome["conflict_id"]
    visit = {
        "purpose": "coaching", "teacher_id": made.named("teacher"), "school_id": made.named("north"),
        "framework_version_id": str(made.framework.version_id),
        "observer_ids": [made.named("principal"), made.named("coach")],
    }  # fmt: skip
    judging = {"purpose": "evaluation", "observer_ids": [made.named("principal"), made.named("superintendent")]}
    made.more["judged"] = await made.put("visits", visit | judging, "principal")
    await made.put("visits", visit, "principal")
    made.ids["/v1/observations"] = made.ids["/v1/feedback"] = made.more["coaching"]
    made.bodies["/v1/observations"] = _visit(made, "coaching")


async def _coaching(made: Examples) -> None:
    north = made.named("north")
    await made.put("visions", {"org_id": north, "statement": "All read", "domains": ["instruction"]})
    goal = {"level": "school", "org_id": north, "domain": "instruction", "title": "Read"}
    made.ids["/v1/throughlines"] = await made.put("goals", goal)
    own = goal | {"level": "individual", "owner_id": made.named("teacher")}
    made.more["own_goal"] = await made.put("goals", own)
    made.ids["/v1/goals"], made.bodies["/v1/goals"] = made.ids["/v1/throughlines"], goal
    plan = await made.put("work-plans", {"title": "Plan", "org_id": north, "school_year": 2027})
    await made.put("plan-actions", {"work_plan_id": plan, "title": "Act"})
    activity = {"title": "Wait time", "format": "workshop", "org_id": north, "contact_hours": 1.5}
    activity_id = await made.put("pl-activities", activity)
    session = {"activity_id": activity_id, "title": "One", "starts_at": HELD["held_at"], "minutes": 30}
    await made.put("pl-sessions", session)
    model = await made.put("cycle-models", {"name": "Impact", "phases": [{"key": "a", "name": "A", "next": []}]})
    cycle = await made.put(
        "coaching-cycles",
        {"model_id": model, "coachee_id": made.named("teacher"), "coach_id": made.named("coach"), "org_id": north,
         "focus": "wait time"},
        "coach",
    )  # fmt: skip
    await made.put("coaching-sessions", HELD | {"cycle_id": cycle, "type": "plan", "notes": "x"}, "coach")
    await made.put("action-steps", {"cycle_id": cycle, "what": "count to three"}, "coach")


async def _machinery(made: Examples) -> None:
    client = await made.post("/v1/clients", {"name": "LMS", "scopes": ["roster.read"]})
    made.ids["/v1/clients"] = client.json()["id"]
    async with made.acting(None) as http:
        secrets = await http.get(f"/v1/clients/{client.json()['id']}/secrets")
    made.ids["/v1/clients/{client}/secrets"] = secrets.json()["data"][0]["id"]
    await made.put("legal-holds", {"person_id": made.named("colleague"), "reason": "case 7"})
    erasure = await made.post("/v1/erasures", {"person_id": made.named("lead"), "reason": "request"})
    made.ids["/v1/erasures"] = erasure.json()["id"]
    taken = await made.post(f"/v1/people/{made.named('teacher')}/data-exports")
    made.ids["/v1/data-exports"] = taken.json()["id"]
    partner = await made.put("partners", {"name": "University", "kind": "higher_education"})
    signed = {"partner_id": partner, "begin_date": "2026-01-01", "end_date": "2036-12-31", "signed_by": "Board"}
    await made.put("data-share-agreements", signed | {"scopes": ["roster.read"]})
    trusted = {"issuer": "https://idp.example", "audiences": ["app"], "person_by": "email", "person_claim": "email"}
    await made.put("identity-providers", trusted | {"name": "IdP"})
    webhook = await made.post("/v1/webhooks", {"name": "Warehouse", "url": "https://hooks.example/in"})
    made.ids["/v1/webhooks"] = webhook.json()["id"]
    await made.post(f"/v1/webhooks/{webhook.json()['id']}/ping")
    async with made.acting(None) as http:
        made.ids["/v1/webhook-deliveries"] = (await http.get("/v1/webhook-deliveries")).json()["data"][0]["id"]
    made.ids["/v1/roster-exports"] = (await export(made.district))["id"]
    made.ids["/v1/roster-sources"] = (await made.post("/v1/roster-sources", SIS)).json()["id"]
    weekly = {"name": "Audit", "task": {"kind": "audit_verification", "service": "coaching"}, "cron": "0 3 * * 7"}
    await made.put("schedules", weekly)
    made.ids["/v1/measures"] = "feedback_latency"
    for service in SERVICE_NAMES:
        job = new_id()
        database = made.district.stack.runtimes[service].database
        async with database.transaction(made.district.id) as connection:
            await connection.execute(
                f"""insert into {service}.jobs (district_id, id, name, args, state, done, attempts, cancel_requested,
                      created_at, finished_at, client_id, version)
                    values ($1, $2, 'x', '{{}}', 'failed', 0, 1, false, now(), now(), 'x', 1)""",
                made.district.id,
                job,
            )
        made.ids[f"/v1/jobs/{service}"] = str(job)

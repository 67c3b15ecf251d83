"""Whoever reads what is told of a person leaves an audit row, and its action is named as all the others are."""

import ast
import re
from collections.abc import Iterable, Iterator
from types import FunctionType, ModuleType
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel
from starlette.responses import Response

from shared import document
from shared.paging import Page
from shared.routing import reads
from shared.units import Unit
from tests.architecture.house import Served, Source, served, sources
from tests.architecture.test_routes import is_page, is_public

NAMED = re.compile(r"[a-z][a-z_]*\.[a-z]+ed")  # one noun, then what was done: person.viewed, job.retried
READ = re.compile(r"[a-z][a-z_]*\.(viewed|listed|downloaded|exported)")
PERSONS = {"person_id", "target_person_id", "owner_id", "facilitator_id", "coach_id", "coachee_id", "teacher_id",
           "observer_id", "team_ids", "given_name", "family_name", "email", "username"}  # fmt: skip
NOTHING_PERSONAL = {
    "how a district is set up": {
        "calendars", "classes", "courses", "cycle-models", "framework-versions", "frameworks", "orgs",
        "agreements", "crosswalks", "framework-enablements", "enabled-framework-versions",
        "school-attributes", "terms", "visions", "work-plans", "pl-activities", "clients",
        "identity-providers", "partners", "settings", "observation-policy",
        "expectation-policies",
    },
    "counts, with small numbers held back": {
        "measures", "feedback-rates", "throughlines", "learning-walks/{walk_id}/summary",
    },
    "how an exchange went, in counts; its rows are read elsewhere": {
        "roster-imports", "roster-imports/{import_id}", "roster-exports", "roster-exports/{export_id}",
        "roster-sources", "roster-pulls", "schedules", "webhooks", "webhooks/{webhook_id}", "webhook-deliveries",
        "webhook-deliveries/{delivery_id}",
    },
    "ids of what changed, never what it says": {"events", "events/{event_id}"},
}  # fmt: skip
WHO_DID_IT = {"audit-events", "jobs"}  # they name who acted, which is what they are for; machines read them
EXEMPT = {path for paths in NOTHING_PERSONAL.values() for path in paths} | WHO_DID_IT


def is_exempt(path: str) -> bool:
    own = path.removeprefix("/v1/")
    return own in EXEMPT or (own.split("/")[0] in EXEMPT and own.split("/")[0] not in WITH_PARTS)


WITH_PARTS = {path.split("/")[0] for path in EXEMPT if "/" in path}


def strings_of(function: Any, depth: int = 2) -> Iterator[str]:
    """Give the strings in a function of ours and in those that it calls by name."""
    if not isinstance(function, FunctionType) or not function.__module__.startswith(("services.", "shared.", "tests.")):
        return
    code = function.__code__
    yield from (value for value in code.co_consts if isinstance(value, str))
    if depth:
        known = [function.__globals__.get(name) for name in code.co_names]
        modules = [it for it in known if isinstance(it, ModuleType)]
        for called in known + [getattr(module, name, None) for module in modules for name in code.co_names]:
            yield from strings_of(called, depth - 1)


def fields_of(model: Any) -> set[str]:
    if isinstance(model, type) and issubclass(model, BaseModel):
        inside = (fields_of(field.annotation) for field in model.model_fields.values())
        return set(model.model_fields).union(*inside)
    return set().union(*(fields_of(it) for it in get_args(model)))


def reading_faults(routes: Iterable[Served]) -> list[str]:
    found = []
    for it in routes:
        path = it.route.path
        if "GET" not in (it.route.methods or ()) or it.is_internal or is_public(it.route):
            continue
        named = sorted({text for text in strings_of(it.route.endpoint) if READ.fullmatch(text)})
        if is_exempt(path):
            told = PERSONS & fields_of(it.route.response_model)
            if told and path.split("/")[2] not in WHO_DID_IT:
                found.append(f"{path} tells {sorted(told)} of persons and is said not to")
        elif not named:
            found.append(f"{path} leaves no audit row, and is not said to be free of personal data")
        elif is_page(it.route) and not any(name.endswith(".listed") for name in named):
            found.append(f"{path} is a list and audits {named}")
    return found


def naming_faults(source: Source) -> list[str]:
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    actions = [
        (call.lineno, call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "audit" and isinstance(call.args[0], ast.Constant)
    ]
    return [f"{source.path}:{line} audits {action!r}" for line, action in actions if not NAMED.fullmatch(str(action))]


def test_every_read_of_personal_data_leaves_an_audit_row() -> None:
    found = reading_faults(served())
    assert not found, "\n".join(found)


def test_what_is_said_to_be_free_of_personal_data_is_served() -> None:
    there = {it.route.path.removeprefix("/v1/") for it in served()}
    firsts = {path.split("/")[0] for path in there}
    assert not {path for path in EXEMPT if path not in there and path not in firsts}


def test_actions_are_named_alike() -> None:
    found = [fault for source in sources("services", "shared") for fault in naming_faults(source)]
    assert not found, "\n".join(found)


def test_these_checks_can_fail() -> None:
    class Told(BaseModel):
        person_id: str

    router = APIRouter()
    CanRead = Annotated[Unit, Depends(reads("roster.read"))]  # noqa: N806 - a type

    @router.get("/v1/orgs")
    async def list_orgs(unit: CanRead) -> Page[Told]:
        return Page(data=[], next=None)

    @router.get("/v1/people", response_class=Response)
    async def list_people(unit: CanRead) -> Page[str]:
        unit.audit("person.viewed", "people")
        return Page(data=[], next=None)

    @router.get("/v1/new-noun")
    async def get_new_noun(unit: CanRead) -> Told:
        return Told(person_id="1")

    app = FastAPI()
    app.include_router(router)
    assert reading_faults(Served("x", route) for route in document.routes_of(app)) == [
        "/v1/orgs tells ['person_id'] of persons and is said not to",
        "/v1/people is a list and audits ['person.viewed']",
        "/v1/new-noun leaves no audit row, and is not said to be free of personal data",
    ]
    assert naming_faults(Source("x.py", 'unit.audit("people.read", "people")')) == ["x.py:1 audits 'people.read'"]

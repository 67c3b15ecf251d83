"""What events carry, held against what their owner promised: all that a test run made happen, when it ends.

And what audit rows carry: ids, numbers, names of fields, and nothing that anybody said or is called.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from pydantic import ValidationError

from shared.contracts import coaching, districts, observations
from shared.contracts.state import State
from shared.feed.events import BATCH_SUFFIX
from shared.settings import SERVICE_NAMES

PROMISED: dict[str, type[State]] = {
    "people": districts.PersonState,
    "orgs": districts.OrgState,
    "relationships": districts.RelationshipState,
    "staff-assignments": districts.StaffAssignmentState,
    "role-grants": districts.RoleGrantState,
    "leaves": districts.LeaveState,
    "school-attributes": districts.SchoolAttributesState,
    "calendars": districts.CalendarState,
    "data-use-policies": districts.DataUsePolicyState,
    "clients": districts.TokensState,
    "client-secrets": districts.TokensState,
    "partners": districts.TokensState,
    "data-share-agreements": districts.TokensState,
    "identity-providers": districts.TokensState,
    "tokens": districts.TokensState,
    "frameworks": observations.FrameworkState,
    "framework-versions": observations.FrameworkVersionState,
    "agreements": observations.AgreementState,
    "crosswalks": observations.CrosswalkState,
    "framework-enablements": observations.FrameworkEnablementState,
    "observations": observations.ObservationState,
    "observation-policies": observations.ObservationPolicyState,
    "expectations": observations.ExpectationState,
    "learning-walks": observations.LearningWalkState,
    "evidence-links": observations.EvidenceLinkState,
    "visions": coaching.VisionState,
    "goals": coaching.GoalState,
    "work-plans": coaching.WorkPlanState,
    "plan-actions": coaching.PlanActionState,
    "pl-activities": coaching.PLActivityState,
    "pl-sessions": coaching.PLSessionState,
    "coaching-cycles": coaching.CoachingCycleState,
}
# Told for the log and for webhooks, which name the row and no more: no service copies them.
ONLY_NAMED = frozenset(
    {
        "acknowledgements",
        "action-steps",
        "classes",
        "courses",
        "credits",
        "cycle-models",
        "data-exports",
        "districts",
        "enrollments",
        "erasures",
        "evidence-items",
        "evidence-packages",
        "expectation-policies",
        "feedback-targets",
        "legal-holds",
        "observation-attachments",
        "observation-conflicts",
        "prior-ratings",
        "roster-exports",
        "roster-imports",
        "roster-pulls",
        "roster-sources",
        "schedules",
        "terms",
        "visits",
        "webhooks",
    }
)


_SAFE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}"  # an id, a digest
    r"|\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?|[a-z][A-Za-z0-9_./-]*"  # a day, an instant, the name of a field
)
_FOREIGN_IDS = frozenset({"sourced_id", "key", "within"})  # whatever another system calls a row


def loose_words(action: str, fields: dict[str, Any]) -> list[str]:
    """Say what in an audit row's fields is more than ids, numbers and names of fields."""
    return [
        f"{action} tells {name}: {word!r}"
        for name, value in fields.items()
        if name not in _FOREIGN_IDS
        for word in _words(value)
        if not _SAFE.fullmatch(word)
    ]


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _words(list(value.values()))
    elif isinstance(value, list):
        for one in value:
            yield from _words(one)


def faults(payload: dict[str, Any]) -> list[str]:
    """Say what is wrong with one event: it carries the whole state that was promised, and nothing else."""
    kind, data, entity = payload["type"], payload["data"], payload["subject"].partition("/")[0]
    if kind.endswith(BATCH_SUFFIX):
        return [] if set(data) == {"ids"} else [f"{kind} carries {sorted(data)}, not ids alone"]
    promised = PROMISED.get(entity)
    if promised is None:  # only named, or made up by a test: the architecture tests know all that the code tells of
        return []
    found = [f"{kind} carries {name}, which is not promised" for name in sorted(set(data) - set(promised.model_fields))]
    found += [f"{kind} lacks {name}" for name in sorted(set(promised.model_fields) - set(data))]
    try:
        promised.model_validate_json(orjson.dumps(data))
    except ValidationError as error:
        found += [f"{kind}: {'/'.join(map(str, e['loc']))} {e['msg']}" for e in error.errors()]
    return found


async def broken_promises(dsn: str, district_ids: Collection[UUID]) -> list[str]:
    """Look at the latest of each type in each of these districts."""
    relay = await asyncpg.connect(dsn)
    try:
        payloads = [
            row["payload"]
            for service in SERVICE_NAMES
            for row in await relay.fetch(
                f"""select distinct on (district_id, type) payload from {service}.outbox
                    where district_id = any($1) order by district_id, type, seq desc""",
                list(district_ids),
            )
        ]
        audited = [
            (row["action"], orjson.loads(row["fields"]))
            for service in SERVICE_NAMES
            for row in await relay.fetch(
                f"""select distinct action, fields::text as fields from {service}.audit_events
                    where district_id = any($1) and fields <> '{{}}'""",
                list(district_ids),
            )
        ]
    finally:
        await relay.close()
    said = {word for action, fields in audited for word in loose_words(action, fields)}
    return sorted(_each(orjson.loads(payload) for payload in payloads) | said)


def _each(payloads: Iterable[dict[str, Any]]) -> set[str]:
    return {fault for payload in payloads for fault in faults(payload)}

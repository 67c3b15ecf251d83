"""What this service keeps about people (shared/privacy). The order counts: what is found by a sourcedId comes first."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.districts.leaves import records as leaves
from services.districts.staff_assignments import records as staff_assignments
from services.districts.states.queries import PEOPLE, read_states
from shared.contracts.districts import LeaveState, PersonState, StaffAssignmentState
from shared.privacy.rules import Personal, Told
from shared.units import Unit

_MINE = "t.person_id = any($2)"
_RESULTS = "t.result_id in (select r.id from districts.results r where r.district_id = $1 and r.person_id = any($2))"
_SOURCED = """select p.sourced_id from districts.people p where p.district_id = $1 and p.id = any($2)
              union select f.sourced_id from districts.former_sourced_ids f
              where f.district_id = $1 and f.person_id = any($2)"""
_TEXTS = "select id::text from unnest($2::uuid[]) as ids (id)"
# A plan that went no further has given ids that nobody got: a sample is also known by its sourcedId.
_IN_PLAN = f"""exists (select from (select '"' || i.id || '"' from ({_TEXTS}) i union all
    select to_json(s.sourced_id)::text from ({_SOURCED}) s) named (by)
    where position(named.by in t.entities::text) > 0)"""
_BY_ID, _NO_SOURCE = "'erased-' || t.id::text", {"extension": "null", "row_hash": "null"}
_STUDENTS = "a student's rows leave by OneRoster alone"
_SETTLED = "('applied', 'reverted', 'refused', 'cancelled', 'failed')"
GONE = (
    "middle_name", "preferred_given_name", "preferred_middle_name", "preferred_family_name", "pronouns", "username",
    "email", "phone", "sms", "identifier", "user_master_identifier", "user_ids", "extension", "row_hash",
)  # fmt: skip


async def _people(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """Give the states of those whom the others know: staff, and who once was. A student is never told of."""
    known = await unit.connection.fetch(
        """select id from districts.people p where district_id = $1 and id = any($2) and (is_staff or exists (
             select from districts.outbox o
             where o.district_id = $1 and o.entity = 'people' and o.entity_id = p.id))""",
        unit.district_id,
        list(ids),
    )
    states = await read_states(unit.connection, unit.district_id, PEOPLE, [row["id"] for row in known])
    return {UUID(state["id"]): PersonState.model_validate(state).model_dump(mode="json") for state in states}


async def _leaves(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    return {row.id: LeaveState.of(row) for row in await leaves.find_anew(unit, ids)}


async def _assignments(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    return {row.id: StaffAssignmentState.of(row) for row in await staff_assignments.find_anew(unit, ids)}


PERSONAL: dict[str, Personal] = {
    "roster_import_errors": Personal(
        mine=f"t.sourced_id in ({_SOURCED})", stays="how an import went",
        erased={"value": "null", "sourced_id": "null"}, versioned=False, key="import_id",
    ),
    "roster_history": Personal(
        mine=f"t.row_id = any($2) or t.old ->> 'person_id' in ({_TEXTS})", stays="how rows were before an import",
        deleted=True, versioned=False, key="row_id",
    ),
    "roster_plans": Personal(
        mine=_IN_PLAN,
        erased_of=f"""{_IN_PLAN} and t.import_id in (
            select i.id from districts.roster_imports i where i.district_id = $1 and i.state in {_SETTLED})""",
        stays="samples of what an import would do", deleted=True, versioned=False, key="import_id",
    ),
    "people": Personal(
        mine="t.id = any($2) or t.former_of = any($2)",
        hidden=("row_hash",),
        erased={
            "given_name": "'Erased'", "family_name": "'person'", **dict.fromkeys(GONE, "null"),
            "grades": "'{}'::text[]", "agent_sourced_ids": "'{}'::text[]", "external_ids": "'{}'::jsonb",
            "sourced_id": _BY_ID, "shown_id": f"case when t.shown_id is not null then {_BY_ID} end",
            "source": "case when t.former_of is null then 'manual' else t.source end", "enabled": "false",
            "archived_at": "coalesce(t.archived_at, now())",
        },
        told=Told("person.changed", "people", _people),
    ),
    "former_sourced_ids": Personal(mine=_MINE, deleted=True, versioned=False, key="person_id"),
    "roles": Personal(
        mine=_MINE, hidden=("row_hash",),
        erased={
            **_NO_SOURCE, "sourced_id": _BY_ID, "source": "'manual'", "user_profile": "null",
            "archived_at": "coalesce(t.archived_at, now())",
        },
    ),
    "user_profiles": Personal(mine=_MINE, hidden=("row_hash",), deleted=True, versioned=False),
    "demographics": Personal(mine=_MINE, hidden=("row_hash",), deleted=True, versioned=False),
    "user_documents": Personal(
        mine=_MINE, stays="made from the person's row", kept="made again from the erased row", key="person_id"
    ),
    "enrollments": Personal(mine=_MINE, hidden=("row_hash",), kept="classes and days of an id, which are counted"),
    "relationships": Personal(
        mine="t.person_id = any($2) or t.target_person_id = any($2)", kept="ids and days, which are counted"
    ),
    "person_merges": Personal(
        mine="t.person_id = any($2) or t.into_id = any($2)", hidden=("moves",), erased={"moves": "'[]'::jsonb"},
    ),
    "role_grants": Personal(mine=_MINE, erased={"external_key": "null"}),
    "staff_assignments": Personal(
        mine=_MINE, erased={"external_key": "null"},
        told=Told("staff_assignment.changed", "staff-assignments", _assignments),
    ),
    "leaves": Personal(
        mine=_MINE, erased={"kind": "'other'", "external_key": "null"},
        told=Told("leave.changed", "leaves", _leaves), kind="leaves", since="coalesce(t.end_date, t.begin_date)",
    ),
    "results": Personal(
        mine=_MINE, stays=_STUDENTS, hidden=("row_hash",), erased={"comment": "null", "extension": "null"}
    ),
    "result_score_scales": Personal(mine=_RESULTS, stays=_STUDENTS, hidden=("row_hash",), erased={
        "title": "null", "extension": "null",
    }),
    "result_objectives": Personal(mine=_RESULTS, stays=_STUDENTS, hidden=("row_hash",), erased={"extension": "null"}),
    "data_exports": Personal(mine=_MINE, kept="that it was asked for; its file is deleted"),
    "erasures": Personal(mine=_MINE, stays="the record of an erasure", kept="the record that survives"),
    "legal_holds": Personal(mine=_MINE, stays="a matter of the district's counsel", kept="says why it may not be"),
    "erased_identifiers": Personal(
        mine=_MINE, stays="hashes of ids", kept="so that a roster does not bring the person back", key="person_id"
    ),
}  # fmt: skip

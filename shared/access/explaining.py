"""Why somebody may see, read, record or change one row, or may not: the policy's decision, with the relationships that
it stands on.

Each service answers for its own rows, to districts, which knows where the relationships come from.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from shared.access import rights
from shared.access.policies import OWNERS, POLICIES
from shared.access.policy import (
    ORGS,
    Action,
    Because,
    Condition,
    Decision,
    LeadsStaff,
    OfPerson,
    OfRow,
    Policy,
    Row,
    Supports,
    Within,
    judge,
)
from shared.access.principals import ActingPerson, Principal
from shared.access.purposes import Purpose
from shared.access.rights import Known, Place, Roster, Tie
from shared.contracts.access import DecisionsState, DecisionState
from shared.database import Connection
from shared.errors import NotFound
from shared.internal import ForPeers
from shared.wire import Day, Id, Key

_NOWHERE = UUID(int=0)  # what somebody could do is asked of no district's row
_TABLES = {"feedback": "observations"}  # a view of another noun's rows
_TIES = """
select id, person_id, kind, org_id, target_person_id, begin_date, end_date, archived, leader_class
from {schema}.copied_relationships where district_id = $1 and person_id = any ($2)"""
_FAMILY = """
with roots as (
    select coalesce(p.merged_into, p.id) as id from {schema}.copied_people p
    where p.district_id = $1 and p.id = any ($2)
)
select p.id, p.archived, p.merged_into from {schema}.copied_people p
where p.district_id = $1 and (p.id in (select id from roots) or p.merged_into in (select id from roots))"""


def explaining_router(service: str) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get(f"/internal/{service}/access")
    async def explain(
        peer: ForPeers,
        district_id: Id,
        person_id: Id,
        kind: Annotated[Key, Query()],
        row_id: Id,
        day: Day,
    ) -> DecisionsState:
        policy = POLICIES.get(kind)
        if policy is None or OWNERS[kind] != service:
            raise NotFound
        async with peer.database.transaction(district_id) as connection:
            return await decisions(connection, service, policy, Asked(district_id, person_id, row_id, day))

    return router


@dataclass(frozen=True, slots=True)
class Asked:
    district_id: UUID
    person_id: UUID
    row_id: UUID
    day: date


async def decisions(connection: Connection, schema: str, policy: Policy, asked: Asked) -> DecisionsState:
    row = await _load(connection, schema, policy, asked.district_id, asked.row_id)
    if row is None:
        raise NotFound
    staff = {row[column] for column in _staff_columns(policy) if row.get(column) is not None}
    roster = await load_roster(connection, schema, asked.district_id, {asked.person_id, *staff})
    for column in _staff_columns(policy):
        there = rights.orgs_on(roster, row[column], asked.day) if row.get(column) else frozenset()
        row[column + ORGS] = there | await _assigned(connection, schema, asked, row.get(column))
    person = rights.person_on(roster, asked.person_id, asked.day)
    told = [tell(policy, roster, asked, person, action, row) for action in _actions(policy)] if person else []
    return DecisionsState(is_active=person is not None, decisions=told)


def _actions(policy: Policy) -> list[Action]:
    has = {Action.SEE: policy.see, Action.READ: policy.read, Action.RECORD: policy.record, Action.CHANGE: policy.change}
    return [action for action, ways in has.items() if ways or action is Action.SEE]


def tell(
    policy: Policy, roster: Roster, asked: Asked, person: ActingPerson, action: Action, row: Mapping[str, Any]
) -> DecisionState:
    """Say what the policy decides of a row, which may be one that is not there yet."""
    decision = _judged(policy, asked, person, action, row)
    standing = decision
    if not decision.granted:
        ever = rights.person_on(_always(roster), asked.person_id, asked.day)
        standing = _judged(policy, asked, ever or person, action, row)
    ties = [
        tie
        for ground in standing.grounds
        for tie in rights.giving(roster, asked.person_id, ground)
        if tie.holds_on(asked.day) or not decision.granted
    ]
    because = None if decision.granted else _because(policy, asked, person, action, row) or decision.because
    is_made = action in {Action.RECORD, Action.CHANGE}
    return DecisionState(
        action=action.value,
        granted=decision.granted,
        way=decision.way,
        because=because.value if because else None,
        relationships=list(dict.fromkeys(tie.id for tie in ties)),
        fitting=fitting(policy, _acting(asked, person), action, row) if is_made else [],
        is_own=decision.granted and any(ground.kind == "self" for ground in decision.grounds),
    )


def _judged(policy: Policy, asked: Asked, person: ActingPerson, action: Action, row: Mapping[str, Any]) -> Decision:
    return judge(policy, _acting(asked, person), action, row)


def _because(
    policy: Policy, asked: Asked, person: ActingPerson, action: Action, row: Mapping[str, Any]
) -> Because | None:
    """Say why somebody does not record or change: who may for another purpose is refused for the purpose."""
    if action is Action.CHANGE:
        return Because.RELATIONSHIP
    if action is not Action.RECORD:
        return None
    others = (_judged(policy, asked, person, action, {**row, "purpose": purpose.value}) for purpose in Purpose)
    return Because.PURPOSE if any(one.granted for one in others) else Because.RELATIONSHIP


def _acting(asked: Asked, person: ActingPerson) -> Principal:
    return Principal(asked.district_id, "", person=person)


def _always(roster: Roster) -> Roster:
    """Give the same as if every relationship held: what would be allowed, had none ended."""
    return replace(roster, ties=[replace(tie, begin_date=None, end_date=None, archived=False) for tie in roster.ties])


async def load_roster(connection: Connection, schema: str, district_id: UUID, people: Iterable[UUID]) -> Roster:
    """Load these people under all of their ids, with their relationships, those to whom they lead, and all orgs."""
    known = await _family(connection, schema, district_id, people)
    rows = await connection.fetch(_TIES.format(schema=schema), district_id, list(known))
    ties = [Tie(**row) for row in rows]
    known |= await _family(connection, schema, district_id, (t.target_person_id for t in ties if t.target_person_id))
    orgs = await connection.fetch(
        f"select id, parent_id, archived from {schema}.copied_orgs where district_id = $1", district_id
    )
    return Roster(known, {org["id"]: Place(org["parent_id"], org["archived"]) for org in orgs}, ties)


async def _family(connection: Connection, schema: str, district_id: UUID, people: Iterable[UUID]) -> dict[UUID, Known]:
    rows = await connection.fetch(_FAMILY.format(schema=schema), district_id, list(people))
    return {row["id"]: Known(row["archived"], row["merged_into"]) for row in rows}


async def _load(
    connection: Connection, schema: str, policy: Policy, district_id: UUID, row_id: UUID | None
) -> dict[str, Any] | None:
    """Load a row, with the rows that it hangs on by the names that the policy has for them."""
    table = _TABLES.get(policy.kind, policy.kind.replace("-", "_"))
    found = await connection.fetchrow(
        f"select * from {schema}.{table} where district_id = $1 and id = $2", district_id, row_id
    )
    if found is None:
        return None
    row = dict(found)
    for within in {c.name: c for c in _conditions(policy) if isinstance(c, Within)}.values():
        row[within.name] = await _load(connection, schema, within.policy, district_id, row[within.column])
    return row


async def _assigned(connection: Connection, schema: str, asked: Asked, person_id: UUID | None) -> frozenset[UUID]:
    """Give where somebody has a staff assignment that day; only districts knows."""
    if schema != "districts" or person_id is None:
        return frozenset()
    rows = await connection.fetch(
        """select org_id from districts.staff_assignments where district_id = $1 and person_id = $2
             and archived_at is null and begin_date <= $3 and (end_date is null or end_date >= $3)""",
        asked.district_id,
        person_id,
        asked.day,
    )
    return frozenset(row["org_id"] for row in rows)


def _conditions(policy: Policy) -> list[Condition]:
    reads = (*(policy.read or ()), *(policy.machine_reads or ()))
    ways = (*policy.see, *policy.machine_sees, *reads, *policy.record, *policy.change)
    return [condition for way in ways for condition in way.conditions]


def _staff_columns(policy: Policy) -> set[str]:
    return {c.column for c in _conditions(policy) if isinstance(c, LeadsStaff)}


def possible(policy: Policy, person: ActingPerson, action: Action) -> list[str]:
    """Name the ways that somebody's relationships could open, whatever the row."""
    who = Principal(_NOWHERE, "", person=person)
    ways = () if action is Action.READ and policy.read is None else policy.ways(who, action)
    return list(dict.fromkeys(one.name for one in ways if all(_could(c, person) for c in one.conditions)))


def fitting(policy: Policy, who: Principal, action: Action, row: Row) -> list[str]:
    """Name the ways that fit the row, whatever the person's relationships: who else would be allowed it."""
    ways = policy.ways(who, action)
    of_row = [one for one in ways if all(c.holds(who, row) for c in one.conditions if isinstance(c, OfRow))]
    return list(dict.fromkeys(one.name for one in of_row))


def _could(condition: Condition, person: ActingPerson) -> bool:
    if isinstance(condition, Supports):
        return bool(person.supports(*condition.kinds))
    if isinstance(condition, LeadsStaff):
        return bool(condition.of(person))
    return bool(condition.ids(person)) if isinstance(condition, OfPerson) else True

"""Keep the copies, and let what is expected follow, in the same transaction: of those people alone whose facts changed.

An observer's facts count too: who was observed by one of these people is counted anew.

A newer state takes the place of an older one, never the other way around.
"""

from collections.abc import Iterable
from uuid import UUID

import orjson

from services.observations.expectations.materialising import follow
from shared.clock import now
from shared.database import Connection
from shared.feed.events import FeedEvent, newest
from shared.feed.subscriber import Subscription

_COLUMNS = {
    "staff-assignments": "person_id uuid, org_id uuid, position text, fte float8, licence_level text, "
    "career_stage text, subjects text[], begin_date date, end_date date",
    "leaves": "person_id uuid, begin_date date, end_date date",
    "role-grants": "person_id uuid, org_id uuid, role text, state text, begin_date date, end_date date",
}
_TABLES = {
    "staff-assignments": "copied_staff_assignments", "leaves": "copied_leaves", "role-grants": "copied_role_grants",
}  # fmt: skip
_TYPES = frozenset(
    {"staff_assignment.changed", "leave.changed"} | {f"role_grant.{verb}" for verb in ("changed", "activated", "ended")}
)


def _upsert(entity: str) -> str:
    """Make the statement that takes states; it gives whose they are now, and whose they were."""
    names = [column.split()[0] for column in _COLUMNS[entity].split(", ")]
    columns = ", ".join(f'"{name}"' for name in names)
    typed = ", ".join(f'"{name}" {kind}' for name, kind in (column.split() for column in _COLUMNS[entity].split(", ")))
    return f"""
        with told as materialized (
            select * from json_to_recordset($2::json) as r (id uuid, version int, archived bool, {typed})
        ), before as materialized (
            select c.person_id from observations.{_TABLES[entity]} c join told on c.district_id = $1 and c.id = told.id
        ), taken as (
            insert into observations.{_TABLES[entity]} as c (district_id, id, version, archived, {columns})
            select $1, id, version, archived, {columns} from told
            on conflict (district_id, id) do update set version = excluded.version, archived = excluded.archived,
              {", ".join(f'"{name}" = excluded."{name}"' for name in names)}
            where c.version < excluded.version
            returning person_id
        )
        select person_id from taken union select person_id from before where exists (select from taken)"""


_OBSERVED = """
    select distinct o.teacher_id from observations.observations o
    where o.district_id = $1 and o.observer_id = any ($2) and o.purpose = 'coaching' and o.shared_at is not null"""
_UPSERTS = {entity: _upsert(entity) for entity in _TABLES}


async def apply(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
    people: set[UUID] = set()
    for entity, statement in _UPSERTS.items():
        states = [event.data for event in newest(_of(entity, events))]
        if states:
            rows = await connection.fetch(statement, district_id, orjson.dumps(states).decode())
            people |= {row["person_id"] for row in rows}
    if people:
        rows = await connection.fetch(_OBSERVED, district_id, list(people))
        await follow(connection, district_id, now(), people | {row["teacher_id"] for row in rows})


def _of(entity: str, events: list[FeedEvent]) -> Iterable[FeedEvent]:
    return (event for event in events if event.entity == entity)


STAFF = Subscription(publisher="districts", types=_TYPES, apply=apply)

"""The states that the other services copy (shared/contracts/districts.py), read in bulk by id.

Somebody who is no staff any more reads as archived and without a name: the copies must forget, and a student's row must
not leave by this door.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from shared.database import Connection
from shared.errors import FieldError, Invalid
from shared.feed.events import BATCH_LIMIT

PEOPLE, ORGS, RELATIONSHIPS = "people", "orgs", "relationships"
CLASSES, COURSES = "classes", "courses"
_STATES = {
    CLASSES: """select c.id, c.version, c.archived_at is not null as archived, c.title, c.org_id, c.course_id,
                       c.subjects, c.grades, c.periods, t.begin_date, t.end_date, c.updated_at as changed_at
                from districts.classes c
                cross join lateral (
                  select min(t.start_date) as begin_date, max(t.end_date) as end_date from districts.terms t
                  where t.district_id = $1 and t.id = any(c.term_ids)) t
                where c.district_id = $1 and c.id = any($2)""",
    COURSES: """select c.id, c.version, c.archived_at is not null as archived, c.title, c.subjects, c.grades,
                       c.updated_at as changed_at
                from districts.courses c where c.district_id = $1 and c.id = any($2)""",
    PEOPLE: """select p.id, p.version, p.archived_at is not null or not p.is_staff as archived,
                      case when p.is_staff then p.given_name else '' end as given_name,
                      case when p.is_staff then p.family_name else '' end as family_name,
                      case when p.is_staff then p.email end as email, p.merged_into
               from districts.people p where p.district_id = $1 and p.id = any($2)""",
    ORGS: """select o.id, o.version, o.archived_at is not null as archived, o.name, o.type, o.parent_id
             from districts.orgs o where o.district_id = $1 and o.id = any($2)""",
    RELATIONSHIPS: """select r.id, r.version, r.archived_at is not null as archived, r.person_id, r.kind, r.org_id,
                             r.target_person_id, r.begin_date, r.end_date, r.archived_at,
                             case when r.kind = 'leads' then coalesce(r.leader_class, case when r.role_id is null
                               then 'school_leader' else 'administrative_leader' end) end as leader_class
                      from districts.relationships r where r.district_id = $1 and r.id = any($2)""",
}


async def read_states(
    connection: Connection, district_id: UUID, entity: str, ids: Sequence[UUID]
) -> list[dict[str, Any]]:
    """Give the states as JSON has them, ready for an event."""
    states: list[dict[str, Any]] = orjson.loads(await read_states_json(connection, district_id, entity, ids))
    return states


async def read_states_json(connection: Connection, district_id: UUID, entity: str, ids: Sequence[UUID]) -> bytes:
    """Give the states as ready bytes: a JSON array."""
    text = await connection.fetchval(
        f"select coalesce(json_agg(s)::text, '[]') from ({_STATES[entity]}) s", district_id, list(ids)
    )
    return str(text).encode()


def ids_in(text: str) -> list[UUID]:
    try:
        ids = [UUID(part) for part in text.split(",")]
    except ValueError:
        ids = []
    if not 0 < len(ids) <= BATCH_LIMIT:
        raise Invalid(errors=[FieldError("#/query/ids", "malformed", f"1 to {BATCH_LIMIT} ids, parted by commas")])
    return ids

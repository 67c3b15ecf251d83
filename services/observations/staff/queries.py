"""Whether somebody is staff of a school, and when somebody is away: under whichever id of the person it was said."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from services.observations.staff.rules import Leave
from shared.database import Connection

_KNOWN = """
    asked as materialized (
        select u.id, coalesce(p.merged_into, u.id) as itself
        from unnest($2::uuid[]) as u (id)
        left join observations.copied_people p on p.district_id = $1 and p.id = u.id
    ), known as materialized (
        select id, itself as alias from asked
        union select a.id, p.id
        from asked a join observations.copied_people p on p.district_id = $1 and p.merged_into = a.itself
    )"""
_IS_STAFF = f"""
    with {_KNOWN}
    select exists (
        select from known k join observations.copied_staff_assignments a on a.district_id = $1 and a.person_id = k.alias
        where a.org_id = $3 and not a.archived and a.begin_date <= $5 and (a.end_date is null or a.end_date >= $4)
    ) or exists (
        select from known k join observations.copied_relationships r on r.district_id = $1 and r.person_id = k.alias
        where r.org_id = $3 and r.kind in ('teaches_at', 'works_at', 'leads') and not r.archived
          and (r.begin_date is null or r.begin_date <= $5) and (r.end_date is null or r.end_date >= $4)
    ) or exists (
        select from known k join observations.copied_role_grants g on g.district_id = $1 and g.person_id = k.alias
        where g.org_id = $3 and g.state <> 'proposed' and not g.archived
          and g.begin_date <= $5 and (g.end_date is null or g.end_date >= $4))"""
# For a row `g` (teacher_id, school_id, day): by a position or a role of leadership, as coaches and facilitators are.
# A school's day and UTC's differ, so each counts from a day before to a day after.
HOLDS = """exists (
    select from observations.copied_staff_assignments a
    where a.district_id = $1 and a.person_id = g.teacher_id and a.org_id = g.school_id and not a.archived
      and a.begin_date <= g.day + 1 and (a.end_date is null or a.end_date >= g.day - 1)
    union all
    select from observations.copied_role_grants r
    where r.district_id = $1 and r.person_id = g.teacher_id and r.org_id = g.school_id and not r.archived
      and r.state <> 'proposed' and r.begin_date <= g.day + 1 and (r.end_date is null or r.end_date >= g.day - 1))"""
_LEAVES = f"""
    with {_KNOWN}
    select k.id, l.begin_date, l.end_date
    from known k join observations.copied_leaves l on l.district_id = $1 and l.person_id = k.alias
    where not l.archived"""


async def is_staff(
    connection: Connection, district_id: UUID, person_id: UUID, school_id: UUID, begin: date | None, end: date | None
) -> bool:
    """Say whether the person is staff of the school on one of these days; None: there is no first, or no last."""
    span = (begin or date.min, end or date.max)
    return bool(await connection.fetchval(_IS_STAFF, district_id, [person_id], school_id, *span))


async def leaves_of(
    connection: Connection, district_id: UUID, people: Collection[UUID]
) -> Mapping[UUID, Sequence[Leave]]:
    found: defaultdict[UUID, list[Leave]] = defaultdict(list)
    for row in await connection.fetch(_LEAVES, district_id, list(people)):
        found[row["id"]].append((row["begin_date"], row["end_date"]))
    return found

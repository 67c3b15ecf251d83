"""What follows from roles: who is staff, and which relationships hold. One set of statements for a person or a roster.

A relationship of the source `roster` belongs to one role and follows it. One that somebody changed or archived by hand
has the source `manual` from then on and is left as it is, until its role ends: an ended job ends the rights.
"""

from datetime import datetime
from uuid import UUID

from services.districts.people.rules import NOT_STAFF
from shared.clock import new_id
from shared.database import Connection

KINDS = {
    "teacher": "teaches_at",
    "principal": "leads",
    "siteAdministrator": "leads",
    "districtAdministrator": "leads",
}
# The second condition is the partial indexes' own, so that they serve.
_OTHERS = "', '".join(sorted(NOT_STAFF))
_STAFF_ROLE = f"r.role not in ('{_OTHERS}') and r.role <> 'student'"
_VERSION = "case updated_at when $2 then version else version + 1 end"


async def mark_staff(
    connection: Connection, district_id: UUID, now: datetime, people: list[UUID] | None = None
) -> list[UUID]:
    """Set `is_staff` from the active roles, of these people or of all; give the staff of before or after that changed.

    Somebody entered by hand without any role is staff; somebody of a roster without a role is not.
    """
    only = "($3::uuid[] is null or p.id = any($3))"
    staff = f"""exists (select from districts.roles r where r.district_id = $1 and r.person_id = p.id
                        and r.archived_at is null and {_STAFF_ROLE})"""
    by_hand = """p.source = 'manual' and not exists (select from districts.roles r where r.district_id = $1
                 and r.person_id = p.id and r.archived_at is null)"""
    candidates = f"""select distinct r.person_id from districts.roles r
                     where r.district_id = $1 and r.archived_at is null and {_STAFF_ROLE}
                       and ($3::uuid[] is null or r.person_id = any($3))"""
    rows = await connection.fetch(
        f"""with gained as (
                update districts.people p set is_staff = true, updated_at = $2, version = {_VERSION}
                where p.district_id = $1 and not p.is_staff and (p.id in ({candidates})
                      or p.source = 'manual' and {only} and {by_hand})
                returning p.id
            ), lost as (
                update districts.people p set is_staff = false, updated_at = $2, version = {_VERSION}
                where p.district_id = $1 and p.is_staff and {only} and not ({staff}) and not ({by_hand})
                returning p.id
            )
            select id from gained union select id from lost
            union select p.id from districts.people p
            where p.district_id = $1 and p.is_staff and p.updated_at = $2 and {only}""",
        district_id,
        now,
        people,
    )
    return [row["id"] for row in rows]


async def follow_roles(
    connection: Connection, district_id: UUID, now: datetime, people: list[UUID] | None = None
) -> list[UUID]:
    """Make relationships follow from the active roles of these people, or of all; give those that changed."""
    kinds = " ".join(f"when '{role}' then '{kind}'" for role, kind in KINDS.items())
    roles = ", ".join(f"'{role}'" for role in KINDS)
    rows = await connection.fetch(
        f"""with due as materialized (
                select r.id as role_id, r.person_id, case r.role {kinds} end as kind, r.org_id, r.begin_date, r.end_date
                from districts.roles r
                join districts.people p on p.district_id = $1 and p.id = r.person_id and p.archived_at is null
                where r.district_id = $1 and r.archived_at is null and r.role in ({roles}) and r.role <> 'student'
                  and ($3::uuid[] is null or r.person_id = any($3))
            ), added as (
                insert into districts.relationships (district_id, id, version, created_at, updated_at, person_id, kind,
                  org_id, begin_date, end_date, source, role_id)
                select $1, ($4 || lpad(to_hex(row_number() over ()), 8, '0'))::uuid, 1, $2, $2, d.person_id, d.kind,
                  d.org_id, d.begin_date, d.end_date, 'roster', d.role_id
                from due d where not exists (select from districts.relationships x
                                             where x.district_id = $1 and x.role_id = d.role_id)
                returning id
            ), followed as (
                update districts.relationships x
                set version = x.version + 1, updated_at = $2, archived_at = null, person_id = d.person_id,
                    kind = d.kind, org_id = d.org_id, begin_date = d.begin_date, end_date = d.end_date
                from due d where x.district_id = $1 and x.role_id = d.role_id and x.source = 'roster'
                  and (x.archived_at is not null or (x.person_id, x.kind, x.org_id, x.begin_date, x.end_date)
                       is distinct from (d.person_id, d.kind, d.org_id, d.begin_date, d.end_date))
                returning x.id
            ), ended as (
                update districts.relationships x set version = x.version + 1, updated_at = $2, archived_at = $2
                where x.district_id = $1 and x.role_id is not null and x.archived_at is null
                  and ($3::uuid[] is null or x.person_id = any($3))
                  and not exists (select from due d where d.role_id = x.role_id)
                returning x.id
            )
            select id from added union all select id from followed union all select id from ended""",
        district_id,
        now,
        people,
        new_id().hex[:24],
    )
    return [row["id"] for row in rows]

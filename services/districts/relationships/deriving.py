"""What follows from roles: who is staff, and which relationships hold. One set of statements for a person or a roster.

A relationship of the source `roster` follows the roles that give it: those of its person at its organisation, whatever
ids the SIS has for them, and the formal role grants that lead there while they are active, which no roster ends. What
people said goes before: one that somebody changed or archived by hand has the source `manual` from then on and stays as
it is until no role gives it any more (an ended job ends the rights); and where one was made by hand, roles give none
beside it. So a sync never changes, doubles or brings back what somebody decided.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.districts.people.rules import NOT_STAFF
from services.districts.role_grants.rules import DEPARTMENT, LEADS, LEADS_DEPARTMENT, Kind, State
from shared.access.purposes import LeaderClass
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
                where p.district_id = $1 and p.is_staff and p.merged_into is null and {only} and not ({staff})
                  and not ({by_hand})
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


async def lock(connection: Connection, district_id: UUID, people: Iterable[UUID] | None = None) -> None:
    """Let nobody else write relationships of these people, or any, until the transaction ends.

    Before any row of theirs is locked: the writers of a whole roster and of one row must not wait for each other.
    """
    kind = "" if people is None else "_shared"
    await connection.execute(
        f"select pg_advisory_xact_lock{kind}(hashtextextended($1, 0))", f"relationships/{district_id}"
    )
    for person_id in sorted(set(people or ())):
        await connection.execute(
            "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"relationships/{district_id}/{person_id}"
        )


async def follow_roles(
    connection: Connection, district_id: UUID, now: datetime, people: list[UUID] | None = None
) -> list[UUID]:
    """Make relationships follow from the active roles of these people, or of all; give those that changed."""
    await lock(connection, district_id, people)
    rows = await connection.fetch(_FOLLOW, district_id, now, people, new_id().hex[:24])
    return [row["id"] for row in rows]


# A grant alone makes a school leader: to evaluate takes a role, or a hand that says so.
# The same as role_grants.rules.gives, of an active grant `g` at the organisation `o`.
LEADING = f"""g.state = '{State.ACTIVE}' and g.kind = '{Kind.FORMAL}'
    and (g.role in ('{"', '".join(sorted(LEADS))}') or g.role = '{LEADS_DEPARTMENT}' and o.type = '{DEPARTMENT}')"""
_SAME = "(x.person_id, x.kind, x.org_id) = (d.person_id, d.kind, d.org_id)"
_CASES = " ".join(f"when '{role}' then '{kind}'" for role, kind in KINDS.items())
_ROLES = ", ".join(f"'{role}'" for role in KINDS)
# Roles of the same kind at the same place are one relationship where they overlap or touch; `begins` is where one
# starts that does not. A grant is left only the days that no role has (`free`), so that what the role allows, to
# evaluate, ends with the role. Then: what people said goes before (`due`), the rest is matched with what there is.
# What nothing gives any more (`unfounded`) is found by joins: asked of each row, where statistics thought the rows few,
# all that is given was read for each of them.
_FOLLOW = f"""
with by_role as (
    select r.id, r.person_id, case r.role {_CASES} end as kind, r.org_id, r.begin_date, r.end_date
    from districts.roles r
    join districts.people p on p.district_id = $1 and p.id = r.person_id and p.archived_at is null
    where r.district_id = $1 and r.archived_at is null and r.role in ({_ROLES}) and r.role <> 'student'
      and ($3::uuid[] is null or r.person_id = any($3))
      and (r.begin_date is null or r.end_date is null or r.begin_date <= r.end_date)
), by_grant as (
    select g.id, g.person_id, g.org_id, g.begin_date, daterange(g.begin_date, g.end_date, '[]') as days
    from districts.role_grants g
    join districts.people p on p.district_id = $1 and p.id = g.person_id and p.archived_at is null
    join districts.orgs o on o.district_id = $1 and o.id = g.org_id
    where g.district_id = $1 and g.archived_at is null and ($3::uuid[] is null or g.person_id = any($3)) and {LEADING}
), free as (
    select g.person_id, g.org_id, unnest(range_agg(g.days) - coalesce(
        (select range_agg(daterange(r.begin_date, r.end_date, '[]')) from by_role r
         where (r.person_id, r.org_id, r.kind) = (g.person_id, g.org_id, 'leads')), '{{}}')) as days
    from by_grant g group by g.person_id, g.org_id
), held as (
    select id, person_id, kind, org_id, coalesce(begin_date, '-infinity') as begin_date,
           coalesce(end_date, 'infinity') as end_date, false as granted
    from by_role
    union all
    select (select g.id from by_grant g where (g.person_id, g.org_id) = (f.person_id, f.org_id) and g.days && f.days
            order by g.begin_date, g.id limit 1),
           f.person_id, 'leads', f.org_id, lower(f.days), coalesce(upper(f.days) - 1, 'infinity'), true
    from free f
), started as (
    select *, begin_date > max(end_date + 1) over (
        partition by person_id, kind, org_id, granted order by begin_date, id
        rows between unbounded preceding and 1 preceding) as begins
    from held
), numbered as (
    select *, count(*) filter (where begins) over (
        partition by person_id, kind, org_id, granted order by begin_date, id) as period
    from started
), given as materialized (
    select person_id, kind, org_id, nullif(min(begin_date), '-infinity') as begin_date,
           nullif(max(end_date), 'infinity') as end_date, (array_agg(id order by begin_date, id))[1] as role_id,
           case when granted then '{LeaderClass.SCHOOL}' end as leader_class
    from numbered group by person_id, kind, org_id, granted, period
), due as materialized (
    select d.*, row_number() over (
        partition by d.person_id, d.kind, d.org_id order by d.begin_date nulls first) as turn,
        row_number() over (partition by d.role_id order by d.begin_date nulls first) as part
    from given d where not exists (
        select from districts.relationships x
        where x.district_id = $1 and x.source <> 'roster' and {_SAME} and (x.denied or x.archived_at is null and (
            x.role_id is not null
            or daterange(x.begin_date, x.end_date, '[]') && daterange(d.begin_date, d.end_date, '[]'))))
), active as (
    select x.id, x.person_id, x.kind, x.org_id, row_number() over (
        partition by x.person_id, x.kind, x.org_id order by x.begin_date nulls first, x.id) as turn
    from districts.relationships x
    where x.district_id = $1 and x.source = 'roster' and x.archived_at is null
      and ($3::uuid[] is null or x.person_id = any($3))
), ceased as (
    select distinct on (x.role_id) x.id, x.role_id, x.person_id, x.kind, x.org_id
    from districts.relationships x
    where x.district_id = $1 and x.source = 'roster' and x.archived_at is not null and x.role_id is not null
      and ($3::uuid[] is null or x.person_id = any($3))
    order by x.role_id, x.updated_at desc, x.id
), matched as materialized (
    select coalesce(a.id, x.id) as id, d.person_id, d.kind, d.org_id, d.begin_date, d.end_date, d.role_id,
           d.leader_class
    from due d
    left join active a on (a.person_id, a.kind, a.org_id, a.turn) = (d.person_id, d.kind, d.org_id, d.turn)
    left join ceased x on a.id is null and d.part = 1 and x.role_id = d.role_id and {_SAME}
), added as (
    insert into districts.relationships (district_id, id, version, created_at, updated_at, person_id, kind,
      org_id, begin_date, end_date, source, role_id, denied, leader_class)
    select $1, ($4 || lpad(to_hex(row_number() over ()), 8, '0'))::uuid, 1, $2, $2, d.person_id, d.kind,
      d.org_id, d.begin_date, d.end_date, 'roster', d.role_id, false, d.leader_class
    from matched d where d.id is null
    returning id
), followed as (
    update districts.relationships x
    set version = x.version + 1, updated_at = $2, archived_at = null, begin_date = d.begin_date,
        end_date = d.end_date, role_id = d.role_id, leader_class = d.leader_class
    from matched d where x.district_id = $1 and x.id = d.id
      and (x.archived_at is not null or (x.begin_date, x.end_date, x.role_id, x.leader_class)
           is distinct from (d.begin_date, d.end_date, d.role_id, d.leader_class))
    returning x.id
), unfounded as materialized (
    select x.id from districts.relationships x
    left join (select distinct m.id from matched m where m.id is not null) m on m.id = x.id
    left join (select distinct g.person_id, g.kind, g.org_id from given g) d on {_SAME}
    where x.district_id = $1 and x.archived_at is null and ($3::uuid[] is null or x.person_id = any($3))
      and case x.source when 'roster' then m.id is null else x.role_id is not null and d.person_id is null end
), ended as (
    update districts.relationships x set version = x.version + 1, updated_at = $2, archived_at = $2
    from unfounded u where x.district_id = $1 and x.id = u.id and x.archived_at is null
    returning x.id
)
select id from added union all select id from followed union all select id from ended
"""

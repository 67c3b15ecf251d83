from datetime import date
from uuid import UUID

from sqlalchemy import Select, and_, or_, true
from sqlmodel import col, select

from services.observations.calendars.queries import ZONE
from services.observations.framework_enablements.models import FrameworkEnablement
from services.observations.framework_enablements.schemas import FrameworkEnablementQuery, FrameworkEnablementWrite
from shared.access.policies import FRAMEWORK_ENABLEMENTS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered
from shared.units import Unit

# Of the rows that hold, the one nearest to the school decides; of two equally near, the one that names the role.
_NEAREST = "coalesce(a.depth, 1000), e.role is null"
IN_FORCE = f"""
    with recursive above (org_id, depth) as (
        select g.school_id, 0
        union all
        select o.parent_id, a.depth + 1
        from above a join observations.copied_orgs o on o.district_id = $1 and o.id = a.org_id
        where o.parent_id is not null and a.depth < 20
    ), there as materialized (
        select (g.moment at time zone {ZONE})::date as day
    )
    select t.day, (
        select e.framework_version_id
        from observations.framework_enablements e left join above a on a.org_id = e.org_id
        where e.district_id = $1 and e.framework_id = v.framework_id and e.archived_at is null
          and (e.org_id is null or a.org_id is not null) and (e.role is null or e.role = g.subject)
          and e.begin_date <= t.day and (e.end_date is null or e.end_date >= t.day)
        order by {_NEAREST} limit 1) as version_id
    from there t
    where g.framework_version_id is not null
      and exists (select from observations.framework_enablements where district_id = $1 and archived_at is null)
      and exists (select from observations.framework_enablements e
                  where e.district_id = $1 and e.archived_at is null and e.begin_date <= t.day)"""
"""For a row `g` (school_id, subject, moment, framework_version_id) and its version `v`: the day there, and which
version of that framework is enabled. No row where the district has enabled nothing by that day."""
_RESTRICTED = """select exists (select from observations.framework_enablements
                                where district_id = $1 and archived_at is null and begin_date <= $2)"""
_ENABLED = f"""
    with recursive above (school_id, org_id, depth) as (
        select o.id, o.id, 0 from observations.copied_orgs o
        where o.district_id = $1 and o.type = 'school' and not o.archived and ($3::uuid is null or o.id = $3)
        union all
        select a.school_id, o.parent_id, a.depth + 1
        from above a join observations.copied_orgs o on o.district_id = $1 and o.id = a.org_id
        where o.parent_id is not null and a.depth < 20
    )
    select distinct on (s.name, s.id, r.place, e.framework_id)
      s.id as school_id, s.name as school_name, r.role, e.framework_id, e.framework_version_id, e.id as enablement_id
    from above own
    join observations.copied_orgs s on s.district_id = $1 and s.id = own.school_id
    cross join unnest($4::text[]) with ordinality as r (role, place)
    join observations.framework_enablements e
      on e.district_id = $1 and e.archived_at is null and (e.role is null or e.role = r.role)
      and e.begin_date <= $2 and (e.end_date is null or e.end_date >= $2)
    left join above a on a.school_id = s.id and a.org_id = e.org_id
    where own.depth = 0 and (e.org_id is null or a.org_id is not null)
    order by s.name, s.id, r.place, e.framework_id, {_NEAREST}"""


def visible_to(who: Principal) -> Select[FrameworkEnablement]:
    """With what one is observed is for everybody of the district to see."""
    return select(FrameworkEnablement).where(
        col(FrameworkEnablement.district_id) == who.district_id,
        allowed(FRAMEWORK_ENABLEMENTS, who, Columns(FrameworkEnablement)),
    )


def found(who: Principal, query: FrameworkEnablementQuery) -> Select[FrameworkEnablement]:
    its, day = FrameworkEnablement, query.as_of
    return filtered(visible_to(who), its, query).where(
        col(its.framework_version_id) == query.framework_version_id if query.framework_version_id else true(),
        col(its.org_id) == query.org_id if query.org_id else true(),
        and_(col(its.begin_date) <= day, or_(col(its.end_date).is_(None), col(its.end_date) >= day)) if day else true(),
    )


async def overlapping(
    unit: Unit, row_id: UUID, framework_id: UUID, body: FrameworkEnablementWrite
) -> FrameworkEnablement | None:
    """Give another row of the same framework, place and role that holds on some of these days."""
    its = FrameworkEnablement
    statement = visible_to(unit.who).where(
        col(its.id) != row_id,
        col(its.archived_at).is_(None),
        col(its.framework_id) == framework_id,
        col(its.org_id).is_not_distinct_from(body.org_id),
        col(its.role).is_not_distinct_from(body.role.value if body.role else None),
        col(its.begin_date) <= body.end_date if body.end_date else true(),
        or_(col(its.end_date).is_(None), col(its.end_date) >= body.begin_date),
    )
    statement = statement.order_by(col(its.begin_date), col(its.id)).limit(1)
    row: FrameworkEnablement | None = (await unit.session.execute(statement)).scalar_one_or_none()
    return row


async def is_restricted(unit: Unit, day: date) -> bool:
    return bool(await unit.connection.fetchval(_RESTRICTED, unit.district_id, day))


async def enabled(unit: Unit, day: date, school_id: UUID | None, roles: list[str]) -> list[dict[str, object]]:
    rows = await unit.connection.fetch(_ENABLED, unit.district_id, day, school_id, roles)
    return [dict(row) for row in rows]

"""What observations keep of the class they were in: one statement, whichever way they or the roster's facts came."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from shared.database import Connection

# The latest version of that moment; before the first of all, that one.
_AS_OF = """order by (v.changed_at <= o.moment) desc, abs(extract(epoch from v.changed_at - o.moment)), v.version desc
            limit 1"""
_REFRESH = f"""
    with concerned as materialized (
        select id, class_id, coalesce(observed_at, scheduled_at, created_at) as moment
        from observations.observations
        where district_id = $1 and class_id is not null and (id = any ($2) or class_id = any ($3))
    ), resolved as (
        select o.id, jsonb_build_object(
                 'title', c.title, 'school_id', c.org_id, 'course_id', c.course_id, 'course_title', k.title,
                 'subjects', case when c.subjects = '{{}}' then coalesce(k.subjects, '{{}}') else c.subjects end,
                 'grades', case when c.grades = '{{}}' then coalesce(k.grades, '{{}}') else c.grades end,
                 'begin_date', c.begin_date, 'end_date', c.end_date) as snapshot
        from concerned o
        cross join lateral (
            select v.* from observations.copied_classes v where v.district_id = $1 and v.id = o.class_id {_AS_OF}) c
        left join lateral (
            select v.* from observations.copied_courses v where v.district_id = $1 and v.id = c.course_id {_AS_OF}) k
          on true
    ), wanted as (
        select o.id, r.snapshot from concerned o left join resolved r on r.id = o.id
    )
    update observations.observations o set class_snapshot = w.snapshot, updated_at = $4
    from wanted w
    where o.district_id = $1 and o.id = w.id and o.class_snapshot is distinct from w.snapshot"""
_FORGET = """
    update observations.observations set class_snapshot = null, updated_at = $3
    where district_id = $1 and id = any ($2) and class_id is null and class_snapshot is not null"""
_OF_COURSES = "select distinct id from observations.copied_classes where district_id = $1 and course_id = any ($2)"


_KEPT = """select id, class_snapshot::text as kept from observations.observations
           where district_id = $1 and id = any ($2) and class_snapshot is not null"""


async def snapshots_of(
    connection: Connection, district_id: UUID, now: datetime, observations: Collection[UUID]
) -> dict[UUID, dict[str, Any]]:
    """Look the classes of these observations up this very moment, and give what is kept of them."""
    await refresh(connection, district_id, now, observations=observations)
    rows = await connection.fetch(_KEPT, district_id, list(observations))
    return {row["id"]: orjson.loads(row["kept"]) for row in rows}


async def refresh(
    connection: Connection, district_id: UUID, now: datetime, *,
    observations: Collection[UUID] = (), classes: Collection[UUID] = (),
) -> None:  # fmt: skip
    """Let these observations, and those in these classes, keep what the roster says of their day."""
    await connection.execute(_REFRESH, district_id, list(observations), list(classes), now)
    if observations:
        await connection.execute(_FORGET, district_id, list(observations), now)


async def classes_of(connection: Connection, district_id: UUID, courses: Collection[UUID]) -> set[UUID]:
    return {row["id"] for row in await connection.fetch(_OF_COURSES, district_id, list(courses))}


# As the roster had them by the end of that day: a class without days of its own is there on all.
_HELD = f"""
    with asked (moment) as (select ($3::date + 1)::timestamptz)
    select c.id
    from asked o
    cross join (select distinct id from observations.copied_classes where district_id = $1 and org_id = $2) known
    cross join lateral (
        select v.* from observations.copied_classes v where v.district_id = $1 and v.id = known.id {_AS_OF}) c
    left join lateral (
        select v.* from observations.copied_courses v where v.district_id = $1 and v.id = c.course_id {_AS_OF}) k
      on true
    where not c.archived and c.org_id = $2
      and (c.begin_date is null or c.begin_date <= $3) and (c.end_date is null or c.end_date >= $3)
      and ($4::text is null or $4 = any (c.periods))
      and ($5::text is null or lower($5) = any (
             select lower(x) from unnest(case when c.subjects = '{{}}' then k.subjects else c.subjects end) x))
      and ($6::text is null or $6 = any (case when c.grades = '{{}}' then k.grades else c.grades end))
    order by c.id"""


async def classes_held(
    connection: Connection, district_id: UUID, school_id: UUID, day: date,
    period: str | None, subject: str | None, grade: str | None,
) -> list[UUID]:  # fmt: skip
    """Give the classes of a school on a day, of a period, a subject and a grade."""
    rows = await connection.fetch(_HELD, district_id, school_id, day, period, subject, grade)
    return [UUID(int=row["id"].int) for row in rows]

"""What observations keep of the class they were in: one statement, whichever way they or the roster's facts came."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

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

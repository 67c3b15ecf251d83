"""What the measures count, by set-based SQL: one statement for all cells of a page.

A period is a row of parallel arrays, so that a page of months and a pooled year are the same statement. What is grouped
by school keeps its id; what is taken together has null there.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.analytics.measures.coverage import CoverageTally
from services.analytics.measures.latency import LatencyTally
from services.analytics.measures.periods import Period
from shared.access.principals import Principal
from shared.units import Unit

Key = tuple[UUID | None, int]  # the school or null, and the period's place in the question
Groups = tuple[frozenset[Hashable], ...]  # who stands behind a cell: one set for each base that its numbers have


@dataclass(frozen=True, slots=True)
class Question:
    schools: Sequence[UUID]
    periods: Sequence[Period]
    as_of: datetime
    by_school: bool


@dataclass(frozen=True, slots=True)
class School:
    id: UUID
    name: str


def visible_to(who: Principal) -> list[UUID] | None:
    """Give the organisations whose measures the asking one may read: those that the person leads; None is all."""
    return None if who.person is None else sorted(who.person.led_orgs)


_SCHOOLS = """
from analytics.copied_orgs o
where o.district_id = $1 and ($2::uuid[] is null or o.id = any ($2)) and ($3::uuid is null or o.id = $3)
  and (o.type = 'school' and not o.archived
       or exists (select from analytics.fact_observations f where f.district_id = $1 and f.school_id = o.id
                  and f.observed_at is not null and f.state not in ('cancelled', 'voided')
                  and f.subject = 'teacher' and f.rating_kind = 'live')
       or exists (select from analytics.fact_assignments r
                  where r.district_id = $1 and r.org_id = o.id and r.kind = 'teaches_at'))"""


async def schools(
    unit: Unit, school_id: UUID | None, *, since: UUID | None = None, limit: int | None = None
) -> list[School]:
    """List the schools within sight, and whatever else is taught or observed in, in the order of their ids."""
    rows = await unit.connection.fetch(
        f"select o.id, o.name {_SCHOOLS} and ($4::uuid is null or o.id >= $4) order by o.id limit $5",
        unit.district_id,
        visible_to(unit.who),
        school_id,
        since,
        limit,
    )
    return [School(row["id"], row["name"]) for row in rows]


async def count_schools(unit: Unit, school_id: UUID | None) -> int:
    statement = f"select count(*) {_SCHOOLS}"
    return int(await unit.connection.fetchval(statement, unit.district_id, visible_to(unit.who), school_id))


_PERIODS = """unnest($3::timestamptz[], $4::timestamptz[], $5::date[])
              with ordinality as p (starts, ends, day, place)"""
_COUNTED = """f.district_id = $1 and f.school_id = any ($2) and f.observed_at >= p.starts and f.observed_at < p.ends
              and f.observed_at <= $6 and f.observed_at is not null and f.state not in ('cancelled', 'voided')
              and f.subject = 'teacher' and f.rating_kind = 'live'"""
_OWED = """
from (select {school} as school_id, p.place, f.teacher_id, f.shared_at, f.feedback_due_at, s.shared,
             extract(epoch from case when s.shared then f.shared_at else $6 end - f.observed_at)::float8 / 3600 as hours
      from {periods} join analytics.fact_observations f on {counted}
      cross join lateral (select coalesce(f.shared_at <= $6, false) as shared) s
      where f.feedback_due_at is not null) as rows
group by 1, 2"""
_LATENCY = (
    """
select school_id, place,
       coalesce(array_agg(hours order by hours) filter (where shared), '{{}}') as completed,
       coalesce(array_agg(hours order by hours) filter (where not shared), '{{}}') as pending,
       count(*) filter (where shared and shared_at <= feedback_due_at) as on_time,
       count(*) filter (where shared and shared_at > feedback_due_at) as late,
       count(*) filter (where not shared and feedback_due_at < $6) as overdue,
       count(distinct teacher_id) as teachers,
       count(distinct teacher_id) filter (where shared) as teachers_answered,
       count(distinct teacher_id) filter (where shared or feedback_due_at < $6) as teachers_judged
"""
    + _OWED
)
_LATENCY_PEOPLE = (
    """
select school_id, place, array_agg(distinct teacher_id) as teachers,
       array_agg(distinct teacher_id) filter (where shared or feedback_due_at < $6) as judged
"""
    + _OWED
)
_TAUGHT = """
from (select school_id, place, teacher_id, bool_or(assigned) as assigned, bool_or(not assigned) as observed
      from (select {org} as school_id, p.place, r.person_id as teacher_id, true as assigned
            from {periods} join analytics.fact_assignments r
              on r.district_id = $1 and r.org_id = any ($2) and r.kind = 'teaches_at'
                 and (r.begin_date is null or r.begin_date <= p.day) and (r.end_date is null or r.end_date >= p.day)
                 and (not r.archived or r.archived_at > least(p.ends, $6))
            union all
            select {school}, p.place, f.teacher_id, false
            from {periods} join analytics.fact_observations f on {counted}
            where f.observer_id <> f.teacher_id) as found
      group by 1, 2, 3) as teachers
group by 1, 2"""
_COVERAGE = (
    """
select school_id, place, count(*) filter (where assigned) as teachers,
       count(*) filter (where assigned and observed) as observed
"""
    + _TAUGHT
)
_COVERAGE_PEOPLE = (
    """
select school_id, place, array_agg(teacher_id) filter (where assigned) as teachers
"""
    + _TAUGHT
)


async def count_latency(unit: Unit, question: Question) -> Mapping[Key, LatencyTally]:
    return {key: LatencyTally(*values) for key, values in await _counted(unit, question, _LATENCY)}


async def count_coverage(unit: Unit, question: Question) -> Mapping[Key, CoverageTally]:
    return {key: CoverageTally(*values) for key, values in await _counted(unit, question, _COVERAGE)}


async def latency_people(unit: Unit, question: Question) -> Mapping[Key, Groups]:
    return {key: _groups(values) for key, values in await _counted(unit, question, _LATENCY_PEOPLE)}


async def coverage_people(unit: Unit, question: Question) -> Mapping[Key, Groups]:
    return {key: _groups(values) for key, values in await _counted(unit, question, _COVERAGE_PEOPLE)}


def _groups(values: Sequence[list[UUID] | None]) -> Groups:
    return tuple(frozenset(people or ()) for people in values)


async def _counted(unit: Unit, question: Question, statement: str) -> list[tuple[Key, Sequence[Any]]]:
    rows = await unit.connection.fetch(
        statement.format(
            school="f.school_id" if question.by_school else "null::uuid",
            org="r.org_id" if question.by_school else "null::uuid",
            periods=_PERIODS,
            counted=_COUNTED,
        ),
        unit.district_id,
        question.schools,
        [period.starts for period in question.periods],
        [period.ends for period in question.periods],
        [period.last_day for period in question.periods],
        question.as_of,
    )
    return [((row["school_id"], row["place"] - 1), tuple(row.values())[2:]) for row in rows]

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.analytics.measures.application.rules import LookSource
from services.analytics.measures.consistency.rules import Looks
from services.analytics.measures.queries import visible_to
from shared.units import Unit


@dataclass(frozen=True, slots=True)
class Place:
    """An agreement at one of the schools that it holds for."""

    agreement_id: UUID
    school_id: UUID
    school_name: str
    title: str
    number: int
    ratified_on: date
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class Filters:
    as_of: datetime
    zone: str
    school_id: UUID | None
    agreement_id: UUID | None


_PLACES = """
with recursive below (agreement_id, org_id, depth) as (
    select a.id, a.org_id, 0 from analytics.fact_agreements a
    where a.district_id = $1 and not a.archived and a.ratified_on <= ($2::timestamptz at time zone $6)::date
      and ($5::uuid is null or a.id = $5)
    union all
    select b.agreement_id, o.id, b.depth + 1
    from below b join analytics.copied_orgs o on o.district_id = $1 and o.parent_id = b.org_id
    where b.depth < 20
), places as (
    select a.id as agreement_id, s.id as school_id, s.name, a.title, a.number, a.ratified_on, a.ended_on
    from below b
    join analytics.fact_agreements a on a.district_id = $1 and a.id = b.agreement_id
    join analytics.copied_orgs s on s.district_id = $1 and s.id = b.org_id and s.type = 'school' and not s.archived
    where ($3::uuid[] is null or s.id = any ($3)) and ($4::uuid is null or s.id = $4)
)"""
_PAGE = f"""{_PLACES}
select * from places where $7::uuid is null or (agreement_id, school_id) > ($7, $8::uuid)
order by agreement_id, school_id limit $9"""
# All that was ever looked for there, by the month of the district's zone that told of it: which months are the
# agreement's is said by the rules. Evaluations are left out, as in look_for_application.
_OBSERVED = """
select a.id, f.school_id, f.teacher_id as person, coalesce(f.class_id, f.teacher_id) as class,
       l.look_for_id, date_trunc('month', f.submitted_at at time zone $5)::date as month,
       count(*) filter (where l.word = 'seen' or l.count > 0) as seen, count(*) as looked
from unnest($2::uuid[], $3::uuid[]) as p (agreement_id, school_id)
join analytics.fact_agreements a on a.district_id = $1 and a.id = p.agreement_id
join analytics.fact_observations f on f.district_id = $1 and f.school_id = p.school_id
join analytics.fact_look_fors l on l.district_id = $1 and l.observation_id = f.id
  and l.look_for_id = any (a.look_for_ids) and (l.count is not null or l.word in ('seen', 'not_seen'))
where f.observed_at is not null and f.state not in ('cancelled', 'voided') and f.subject = 'teacher'
  and f.rating_kind = 'live' and f.purpose <> 'evaluation' and f.observer_id <> f.teacher_id and f.submitted_at < $4
group by 1, 2, 3, 4, 5, 6"""
_STOPS = """
select a.id, w.school_id, s.stop_id as person, s.stop_id as class,
       m.look_for_id, date_trunc('month', w.shared_at at time zone $5)::date as month,
       count(*) filter (where m.seen) as seen, count(*) as looked
from unnest($2::uuid[], $3::uuid[]) as p (agreement_id, school_id)
join analytics.fact_agreements a on a.district_id = $1 and a.id = p.agreement_id
join analytics.fact_learning_walks w on w.district_id = $1 and w.school_id = p.school_id
join analytics.fact_walk_stops s on s.district_id = $1 and s.walk_id = w.id
join analytics.fact_walk_marks m on m.district_id = $1 and m.walk_id = w.id and m.stop_id = s.stop_id
  and m.look_for_id = any (a.look_for_ids)
where not w.archived and w.shared_at < $4
group by 1, 2, 3, 4, 5, 6"""


async def page(unit: Unit, filters: Filters, *, after: Sequence[UUID] | None, limit: int) -> list[Place]:
    agreement_id, school_id = after or (None, None)
    rows = await unit.connection.fetch(_PAGE, *_given(unit, filters), agreement_id, school_id, limit)
    return [Place(*row.values()) for row in rows]


async def count(unit: Unit, filters: Filters) -> int:
    return int(await unit.connection.fetchval(f"{_PLACES} select count(*) from places", *_given(unit, filters)))


async def looks_of(unit: Unit, places: Sequence[Place], *, before: datetime, zone: str) -> list[Looks]:
    given = ([place.agreement_id for place in places], [place.school_id for place in places], before, zone)
    return [
        Looks(
            row["id"],
            row["school_id"],
            source,
            row["person"],
            row["class"],
            row["look_for_id"],
            row["month"],
            row["seen"],
            row["looked"],
        )
        for source, statement in ((LookSource.OBSERVATIONS, _OBSERVED), (LookSource.WALK_STOPS, _STOPS))
        for row in await unit.connection.fetch(statement, unit.district_id, *given)
    ]


def _given(unit: Unit, filters: Filters) -> tuple[object, ...]:
    where = (filters.school_id, filters.agreement_id)
    return (unit.district_id, filters.as_of, visible_to(unit.who), *where, filters.zone)

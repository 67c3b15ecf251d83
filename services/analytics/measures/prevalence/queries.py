from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.analytics.measures.queries import visible_to
from shared.units import Unit


@dataclass(frozen=True, slots=True)
class Prevalence:
    """What one walk saw of one look-for, and the walk before it that looked for it there: of the stops that looked."""

    school_id: UUID
    school_name: str | None
    walk_id: UUID
    started_at: datetime | None
    look_for_id: UUID
    look_for_title: str | None
    seen: int
    stops: int
    previous_walk_id: UUID | None
    seen_before: int
    stops_before: int


# A walk counts once it is shared: until then it is its team's.
_COUNTED = """
with counted as (
    select w.school_id, w.id as walk_id, w.started_at, w.framework_version_id, m.look_for_id,
           count(*) filter (where m.seen) as seen, count(*) as stops
    from analytics.fact_learning_walks w
    join analytics.fact_walk_marks m on m.district_id = $1 and m.walk_id = w.id
    where w.district_id = $1 and not w.archived and w.shared_at <= $2
      and ($3::uuid[] is null or w.school_id = any ($3))
      and ($4::uuid is null or w.school_id = $4)
      and ($5::uuid is null or w.id = $5)
      and ($6::uuid is null or m.look_for_id = $6)
    group by w.district_id, w.id, m.look_for_id
)"""
_PAGE = f"""{_COUNTED}
select c.school_id, o.name, c.walk_id, c.started_at, c.look_for_id, l.title, c.seen, c.stops,
       b.walk_id, coalesce(b.seen, 0), coalesce(b.stops, 0)
from counted c
left join analytics.copied_orgs o on o.district_id = $1 and o.id = c.school_id
left join lateral (
    select l.title from analytics.fact_framework_versions v
    cross join lateral jsonb_to_recordset(v.look_fors) as l (id uuid, title text)
    where v.district_id = $1 and v.id = c.framework_version_id and l.id = c.look_for_id limit 1
) l on true
left join lateral (
    select w.id as walk_id, count(*) filter (where m.seen) as seen, count(*) as stops
    from analytics.fact_learning_walks w
    join analytics.fact_walk_marks m on m.district_id = $1 and m.walk_id = w.id and m.look_for_id = c.look_for_id
    where w.district_id = $1 and w.school_id = c.school_id and not w.archived and w.shared_at <= $2
      and (w.started_at, w.id) < (c.started_at, c.walk_id)
    group by w.id, w.started_at order by w.started_at desc, w.id desc limit 1
) b on true
where $7::uuid is null or (c.school_id, c.walk_id, c.look_for_id) > ($7, $8::uuid, $9::uuid)
order by c.school_id, c.walk_id, c.look_for_id limit $10"""


@dataclass(frozen=True, slots=True)
class Filters:
    as_of: datetime
    school_id: UUID | None
    walk_id: UUID | None
    look_for_id: UUID | None


async def page(unit: Unit, filters: Filters, *, after: Sequence[UUID] | None, limit: int) -> list[Prevalence]:
    school_id, walk_id, look_for_id = after or (None, None, None)
    rows = await unit.connection.fetch(_PAGE, *_given(unit, filters), school_id, walk_id, look_for_id, limit)
    return [Prevalence(*row.values()) for row in rows]


async def count(unit: Unit, filters: Filters) -> int:
    return int(await unit.connection.fetchval(f"{_COUNTED} select count(*) from counted", *_given(unit, filters)))


def _given(unit: Unit, filters: Filters) -> tuple[object, ...]:
    return (
        unit.district_id, filters.as_of, visible_to(unit.who), filters.school_id, filters.walk_id, filters.look_for_id
    )  # fmt: skip

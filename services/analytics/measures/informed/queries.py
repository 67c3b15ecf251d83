from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.analytics.measures.informed.rules import Walk
from services.analytics.measures.queries import visible_to
from shared.units import Unit


@dataclass(frozen=True, slots=True)
class Filters:
    as_of: datetime
    since: datetime | None
    school_id: UUID | None


# What was undone is not counted: an archived walk, an archived link.
_WALKS = """
with walks as (
    select w.school_id, w.debriefed_at, (
        select min(e.linked_at) from analytics.fact_evidence_links e
        where e.district_id = $1 and e.walk_id = w.id and not e.archived
          and e.linked_at <= $2) as first_linked_at
    from analytics.fact_learning_walks w
    where w.district_id = $1 and not w.archived and w.debriefed_at <= $2
      and ($3::uuid[] is null or w.school_id = any ($3)) and ($4::uuid is null or w.school_id = $4)
      and ($5::timestamptz is null or w.debriefed_at >= $5)
)"""
_PAGE = f"""{_WALKS}
select w.school_id, (
         select o.name from analytics.copied_orgs o where o.district_id = $1 and o.id = w.school_id) as school_name,
       array_agg(w.debriefed_at order by w.debriefed_at) as debriefed,
       array_agg(w.first_linked_at order by w.debriefed_at) as linked
from walks w where $6::uuid is null or w.school_id > $6
group by w.school_id order by w.school_id limit $7"""


async def page(
    unit: Unit, filters: Filters, *, after: Sequence[UUID] | None, limit: int
) -> list[tuple[UUID, str | None, list[Walk]]]:
    (school_id,) = after or (None,)
    rows = await unit.connection.fetch(_PAGE, *_given(unit, filters), school_id, limit)
    return [
        (
            row["school_id"],
            row["school_name"],
            [Walk(*one) for one in zip(row["debriefed"], row["linked"], strict=True)],
        )
        for row in rows
    ]


async def count(unit: Unit, filters: Filters) -> int:
    statement = f"{_WALKS} select count(distinct school_id) from walks"
    return int(await unit.connection.fetchval(statement, *_given(unit, filters)))


def _given(unit: Unit, filters: Filters) -> tuple[object, ...]:
    return (unit.district_id, filters.as_of, visible_to(unit.who), filters.school_id, filters.since)

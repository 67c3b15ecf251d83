from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, true
from sqlmodel import col, select

from services.observations.crosswalks.models import Crosswalk, PublishedCorrespondence
from services.observations.crosswalks.schemas import CorrespondenceQuery, CrosswalkQuery
from shared.access.policies import CROSSWALKS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered
from shared.units import Unit

_LINES = """
    with lines as (
        select w.id as crosswalk_id, p.place, p.from_indicator_id as indicator_id, p.relation, p.note,
               w.to_version_id as other_version_id, p.to_indicator_id as other_id, false as turned
        from observations.crosswalks w
        join observations.published_correspondences p on p.district_id = $1 and p.crosswalk_id = w.id
        where w.district_id = $1 and w.from_version_id = $2 and w.state = 'published' and w.archived_at is null
        union all
        select w.id, p.place, p.to_indicator_id, p.relation, p.note, w.from_version_id, p.from_indicator_id, true
        from observations.crosswalks w
        join observations.published_correspondences p on p.district_id = $1 and p.crosswalk_id = w.id
        where w.district_id = $1 and w.to_version_id = $2 and w.state = 'published' and w.archived_at is null
    ), chosen as (
        select * from lines
        where ($3::uuid is null or indicator_id = $3) and ($4::uuid is null or other_version_id = $4)
    )"""
_PAGE = f"""{_LINES}
    select * from chosen where $5::uuid is null or (crosswalk_id, place) > ($5, $6::int)
    order by crosswalk_id, place limit $7"""


def visible_to(who: Principal) -> Select[Crosswalk]:
    """How expectations correspond is for everybody of the district to see."""
    return select(Crosswalk).where(
        col(Crosswalk.district_id) == who.district_id, allowed(CROSSWALKS, who, Columns(Crosswalk))
    )


def found(who: Principal, query: CrosswalkQuery) -> Select[Crosswalk]:
    its = Crosswalk
    return filtered(visible_to(who), its, query).where(
        col(its.from_version_id) == query.from_version_id if query.from_version_id else true(),
        col(its.to_version_id) == query.to_version_id if query.to_version_id else true(),
        col(its.state) == query.state.value if query.state else true(),
    )


async def lines_of(unit: Unit, crosswalk: Crosswalk) -> list[dict[str, Any]]:
    """Give what the crosswalk says: the draft, or from its publication on what can no longer change."""
    if crosswalk.draft is not None:
        return crosswalk.draft
    its = PublishedCorrespondence
    statement = (
        select(its)
        .where(col(its.district_id) == unit.district_id, col(its.crosswalk_id) == crosswalk.id)
        .order_by(col(its.place))
    )
    rows = (await unit.session.execute(statement)).scalars()
    names = {"from_indicator_id", "to_indicator_id", "relation", "note"}
    return [row.model_dump(mode="json", include=names) for row in rows]


async def correspondences(
    unit: Unit, version_id: UUID, query: CorrespondenceQuery, after: Sequence[Any] | None, limit: int
) -> list[Mapping[str, Any]]:
    crosswalk_id, place = after or (None, None)
    given = (version_id, query.indicator_id, query.other_version_id, crosswalk_id, place, limit)
    return [dict(row) for row in await unit.connection.fetch(_PAGE, unit.district_id, *given)]


async def count(unit: Unit, version_id: UUID, query: CorrespondenceQuery) -> int:
    given = (version_id, query.indicator_id, query.other_version_id)
    return int(await unit.connection.fetchval(f"{_LINES} select count(*) from chosen", unit.district_id, *given))

from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.merges.models import PersonMerge
from services.districts.merges.schemas import PersonMergeQuery
from services.districts.references import who_is
from shared.access.policies import PERSON_MERGES
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered
from shared.units import Unit


def visible_to(who: Principal) -> Select[PersonMerge]:
    """Everything of the district: only systems of it ask."""
    return select(PersonMerge).where(
        col(PersonMerge.district_id) == who.district_id, allowed(PERSON_MERGES, who, Columns(PersonMerge))
    )


def found(who: Principal, person_id: UUID, query: PersonMergeQuery) -> Select[PersonMerge]:
    """Give what was merged into this person, under whichever id."""
    statement = filtered(visible_to(who), PersonMerge, query)
    return statement.where(col(PersonMerge.into_id) == who_is(who.district_id, person_id))


async def open_merge(unit: Unit, person_id: UUID) -> PersonMerge | None:
    statement = visible_to(unit.who).where(
        col(PersonMerge.person_id) == person_id, col(PersonMerge.archived_at).is_(None)
    )
    return (await unit.session.execute(statement.with_for_update())).scalar_one_or_none()


async def later_into(unit: Unit, merge: PersonMerge) -> list[UUID]:
    """Give whom else was merged into the same person since, and still is."""
    statement = select(PersonMerge.person_id).where(
        col(PersonMerge.district_id) == unit.district_id,
        col(PersonMerge.into_id) == merge.into_id,
        col(PersonMerge.archived_at).is_(None),
        col(PersonMerge.id) > merge.id,
    )
    return list((await unit.session.execute(statement.order_by(col(PersonMerge.id)))).scalars())


async def was_merged(unit: Unit, person_id: UUID) -> bool:
    statement = visible_to(unit.who).where(col(PersonMerge.person_id) == person_id)
    return (await unit.session.execute(statement.limit(1))).scalar_one_or_none() is not None

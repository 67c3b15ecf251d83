from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, literal
from sqlmodel import col, select

from services.districts import dated
from services.districts.calendars.models import Calendar
from services.districts.calendars.schemas import CalendarQuery
from services.districts.orgs.models import Org
from shared.access.policies import CALENDARS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.units import Unit

_DEEPEST = 30  # a roster may say that two stand above each other


def visible_to(who: Principal) -> Select[Calendar]:
    """Whoever has the scope sees all calendars."""
    return select(Calendar).where(
        col(Calendar.district_id) == who.district_id, allowed(CALENDARS, who, Columns(Calendar))
    )


def found(who: Principal, query: CalendarQuery, chain: Sequence[UUID]) -> Select[Calendar]:
    statement = dated.found(who, visible_to(who), Calendar, query, "org_id", "school_year")
    return statement if query.applies_to is None else statement.where(col(Calendar.org_id).in_(chain))


async def chain_of(unit: Unit, org_id: UUID) -> list[UUID]:
    """Give an organisation and all that stand above it, the nearest first."""
    start = select(col(Org.id), col(Org.parent_id), literal(0).label("height")).where(
        col(Org.district_id) == unit.district_id, col(Org.id) == org_id
    )
    chain = start.cte("chain", recursive=True)
    above = select(col(Org.id), col(Org.parent_id), chain.c.height + 1).where(
        col(Org.district_id) == unit.district_id, col(Org.id) == chain.c.parent_id, chain.c.height < _DEEPEST
    )
    chain = chain.union_all(above)
    found = (await unit.session.execute(select(chain.c.id).order_by(chain.c.height))).scalars()
    return list(dict.fromkeys(found))


async def chains_of(unit: Unit, orgs: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Give of each organisation what `chain_of` gives, by one look at the tree of the district."""
    statement = select(col(Org.id), col(Org.parent_id)).where(col(Org.district_id) == unit.district_id)
    parents: dict[UUID, UUID | None] = {row.id: row.parent_id for row in (await unit.session.execute(statement)).all()}
    chains = {}
    for org in orgs:
        chain = [org]
        while (parent := parents.get(chain[-1])) is not None and parent not in chain and len(chain) <= _DEEPEST:
            chain.append(parent)
        chains[org] = chain
    return chains


async def calendars_of(unit: Unit, orgs: Sequence[UUID], first: date, last: date) -> list[Calendar]:
    """Give the calendars of these organisations that hold in a stretch, in the order of the organisations."""
    statement = visible_to(unit.who).where(
        col(Calendar.org_id).in_(orgs),
        col(Calendar.archived_at).is_(None),
        col(Calendar.begin_date) <= last,
        col(Calendar.end_date) >= first,
    )
    found = list((await unit.session.execute(statement)).scalars())
    return sorted(found, key=lambda calendar: (orgs.index(calendar.org_id), calendar.begin_date))

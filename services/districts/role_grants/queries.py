from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlmodel import col, select

from services.districts import dated
from services.districts.orgs.models import Org
from services.districts.role_grants.models import RoleGrant
from services.districts.role_grants.rules import State
from services.districts.role_grants.schemas import RoleGrantQuery
from shared.access.policies import ROLE_GRANTS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.clock import now
from shared.units import Unit


def visible_to(who: Principal) -> Select[RoleGrant]:
    """Everything for a machine; for an acting person their own, and those at organisations that the person leads."""
    return select(RoleGrant).where(
        col(RoleGrant.district_id) == who.district_id, allowed(ROLE_GRANTS, who, Columns(RoleGrant))
    )


def found(who: Principal, query: RoleGrantQuery) -> Select[RoleGrant]:
    statement = dated.found(who, visible_to(who), RoleGrant, query, "person_id", "org_id", "role", "kind")
    if query.as_of is not None:  # who was only proposed held nothing on any day
        statement = statement.where(col(RoleGrant.state) != State.PROPOSED)
    return statement if query.state is None else statement.where(_is(query.state, now().date()))


def _is(state: State, today: date) -> ColumnElement[bool]:
    """The same as rules.state_on."""
    stored, end = col(RoleGrant.state), col(RoleGrant.end_date)
    is_over = and_(stored == State.ACTIVE, end.is_not(None), end < today)
    if state == State.ENDED:
        return or_(stored == state, is_over)
    return and_(stored == state, or_(stored != State.ACTIVE, end.is_(None), end >= today))


async def types_of(unit: Unit, orgs: Iterable[UUID]) -> dict[UUID, str]:
    statement = select(Org.id, Org.type).where(col(Org.district_id) == unit.district_id, col(Org.id).in_(list(orgs)))
    return {row[0]: row[1] for row in (await unit.session.execute(statement)).all()}


async def holder_of(unit: Unit, grant_id: UUID) -> UUID | None:
    statement = select(RoleGrant.person_id).where(
        col(RoleGrant.district_id) == unit.district_id, col(RoleGrant.id) == grant_id
    )
    return (await unit.session.execute(statement)).scalar_one_or_none()

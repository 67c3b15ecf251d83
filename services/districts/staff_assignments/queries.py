from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts import dated
from services.districts.staff_assignments.models import StaffAssignment
from services.districts.staff_assignments.rules import Share
from services.districts.staff_assignments.schemas import StaffAssignmentQuery
from shared.access.policies import STAFF_ASSIGNMENTS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.units import Unit


def visible_to(who: Principal) -> Select[StaffAssignment]:
    """Everything for a machine; for an acting person their own, and those at organisations that the person leads."""
    return select(StaffAssignment).where(
        col(StaffAssignment.district_id) == who.district_id, allowed(STAFF_ASSIGNMENTS, who, Columns(StaffAssignment))
    )


def found(who: Principal, query: StaffAssignmentQuery) -> Select[StaffAssignment]:
    names = ("person_id", "org_id", "position", "licence_level", "career_stage")
    return dated.found(who, visible_to(who), StaffAssignment, query, *names)


async def shares_of(unit: Unit, people: Iterable[UUID]) -> dict[UUID, list[Share]]:
    """Give all that these people are, wherever: what is too much is the sum over all schools."""
    held: dict[UUID, list[Share]] = {person: [] for person in people}
    its = StaffAssignment
    statement = select(col(its.person_id), col(its.fte), col(its.begin_date), col(its.end_date)).where(
        col(its.district_id) == unit.district_id, col(its.person_id).in_(held), col(its.archived_at).is_(None)
    )
    for person, fte, begin, end in await unit.session.execute(statement):
        held[person].append(Share(fte, begin, end))
    return held

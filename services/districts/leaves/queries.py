from typing import Any
from uuid import UUID

from sqlalchemy import Select, union_all
from sqlmodel import col, select

from services.districts import dated
from services.districts.leaves.models import Leave
from services.districts.leaves.schemas import LeaveQuery
from services.districts.relationships.models import Relationship
from services.districts.staff_assignments.models import StaffAssignment
from shared.access.policies import LEAVES
from shared.access.policy import Columns, allowed
from shared.access.principals import ActingPerson, Principal

TIES: tuple[Any, ...] = (Relationship, StaffAssignment)  # what makes somebody staff of an organisation


def visible_to(who: Principal) -> Select[Leave]:
    """Everything for a machine; for a person their own, and for who administers an organisation those of its staff."""
    columns = Columns(Leave, staff=_staff_of(who.person, who.district_id) if who.person else None)
    return select(Leave).where(col(Leave.district_id) == who.district_id, allowed(LEAVES, who, columns))


def _staff_of(who: ActingPerson, district_id: UUID) -> Select[UUID]:
    """Select who is staff, that day, of an organisation that the person administers."""
    ties = [
        select(col(tie.person_id)).where(
            col(tie.district_id) == district_id,
            col(tie.org_id).in_(who.administered_orgs),
            col(tie.archived_at).is_(None),
            dated.holds_on(tie, who.day),
        )
        for tie in TIES
    ]
    return select(union_all(*ties).subquery().c[0])


def found(who: Principal, query: LeaveQuery) -> Select[Leave]:
    return dated.found(who, visible_to(who), Leave, query, "person_id", "kind")

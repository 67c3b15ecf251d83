from typing import Any

from sqlalchemy import Select, exists, or_
from sqlmodel import col, select

from services.districts import dated
from services.districts.leaves.models import Leave
from services.districts.leaves.schemas import LeaveQuery
from services.districts.relationships.models import Relationship
from services.districts.staff_assignments.models import StaffAssignment
from shared.access.principals import Principal
from shared.clock import now

TIES: tuple[Any, ...] = (Relationship, StaffAssignment)  # what makes somebody staff of an organisation


def visible_to(who: Principal) -> Select[Leave]:
    """Everything for a machine; for who leads an organisation those of its staff; nothing for anybody else."""
    statement = select(Leave).where(col(Leave.district_id) == who.district_id)
    if who.person is None:
        return statement
    ties = [
        exists().where(
            col(tie.district_id) == who.district_id,
            col(tie.person_id) == col(Leave.person_id),
            col(tie.org_id).in_(who.person.led_orgs),
            col(tie.archived_at).is_(None),
            dated.holds_on(tie, now().date()),
        )
        for tie in TIES
    ]
    return statement.where(or_(*ties))


def found(who: Principal, query: LeaveQuery) -> Select[Leave]:
    return dated.found(visible_to(who), Leave, query, "person_id", "kind")

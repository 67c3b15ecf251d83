from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, not_, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from services.coaching.goals.models import Goal
from services.coaching.goals.rules import Level, State
from services.coaching.goals.schemas import GoalQuery
from services.coaching.people import staff_of
from services.coaching.visions.models import Vision
from shared.access.principals import Principal
from shared.paging import filtered

SUPPORT = ("coaches", "mentors", "supervises")  # who evaluates sees no goal of growth


def visible_to(who: Principal) -> Select[Goal]:
    """District goals; those of one's own schools; one's own, and those of the people whom one leads or supports."""
    statement = select(Goal).where(col(Goal.district_id) == who.district_id)
    if who.person is None:
        return statement
    level = col(Goal.level)
    own_orgs = who.person.orgs | who.person.led_orgs
    return statement.where(
        or_(
            level == Level.DISTRICT.value,
            and_(level == Level.SCHOOL.value, col(Goal.org_id).in_(own_orgs)),
            and_(level == Level.INDIVIDUAL.value, for_growth_of(who)),
        )
    )


def for_growth_of(who: Principal) -> ColumnElement[bool]:
    """Say that the goal's owner is the acting person, or somebody whom that person leads or supports."""
    if who.person is None:
        return false()
    owner = col(Goal.owner_id)
    return or_(
        owner.in_(who.person.ids),
        owner.in_(who.person.supports(*SUPPORT)),
        owner.in_(staff_of(who)) if who.person.led_orgs else false(),
    )


def is_orphan() -> ColumnElement[bool]:
    above: Any = aliased(Goal)
    district = col(Goal.district_id)
    held_by_goal = exists().where(
        above.district_id == district,
        above.id == col(Goal.parent_id),
        above.archived_at.is_(None),
        above.state != State.DROPPED.value,
    )
    held_by_vision = exists().where(
        col(Vision.district_id) == district,
        col(Vision.id) == col(Goal.vision_id),
        col(Vision.archived_at).is_(None),
    )
    at_the_top = col(Goal.level) == Level.DISTRICT.value
    return or_(and_(at_the_top, not_(held_by_vision)), and_(not_(at_the_top), not_(held_by_goal)))


def found(who: Principal, query: GoalQuery) -> Select[Goal]:
    statement: Any = filtered(visible_to(who), Goal, query)
    for name in ("level", "state", "domain", "org_id", "owner_id", "vision_id", "parent_id"):
        value = getattr(query, name)
        if value is not None:
            statement = statement.where(getattr(Goal, name) == value)
    if query.orphan is not None:
        statement = statement.where(is_orphan() if query.orphan else not_(is_orphan()))
    found: Select[Goal] = statement
    return found

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, not_, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from services.coaching.goals.models import Goal
from services.coaching.goals.rules import Level, State
from services.coaching.goals.schemas import GoalQuery
from services.coaching.people import staff_of
from services.coaching.visions.models import Vision
from shared.access.matching import matching
from shared.access.policies import GOALS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[Goal]:
    """District goals; those of one's own schools; one's own, and those of the people whom one leads or supports."""
    columns = Columns(Goal, staff=staff_of(who))
    return select(Goal).where(col(Goal.district_id) == who.district_id, allowed(GOALS, who, columns))


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
    names = ("level", "state", "domain", "org_id", "owner_id", "vision_id", "parent_id")
    statement = matching(statement, Goal, who.district_id, query, names)
    if query.orphan is not None:
        statement = statement.where(is_orphan() if query.orphan else not_(is_orphan()))
    found: Select[Goal] = statement
    return found

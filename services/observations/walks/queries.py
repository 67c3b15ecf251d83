from typing import Any
from uuid import UUID

from sqlalchemy import Select, true
from sqlmodel import col, select

from services.observations.walks.models import LearningWalk, WalkStop
from services.observations.walks.rules import State
from services.observations.walks.schemas import LearningWalkQuery, WalkStopQuery
from shared.access.policies import STOPS, WALKS
from shared.access.policy import Action, Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal, action: Action = Action.SEE) -> Select[LearningWalk]:
    """The team and the school's leaders; once it is shared, all staff of the school. Its stops are the team's."""
    return select(LearningWalk).where(
        col(LearningWalk.district_id) == who.district_id, allowed(WALKS, who, Columns(LearningWalk), action)
    )


def walks_with(who: Principal, source_id: UUID, *, of_pattern: bool) -> Select[LearningWalk]:
    """Find the walk of this id, or whose debrief has the pattern of this id."""
    its: Any = LearningWalk
    named = its.patterns.contains([{"id": str(source_id)}]) if of_pattern else its.id == source_id
    return visible_to(who).where(named)


def visible_stops(who: Principal) -> Select[WalkStop]:
    walks = visible_to(who, Action.READ).with_only_columns(col(LearningWalk.id))
    columns = Columns(WalkStop, parents={("walk", Action.READ): walks})
    return select(WalkStop).where(col(WalkStop.district_id) == who.district_id, allowed(STOPS, who, columns))


def found(who: Principal, query: LearningWalkQuery) -> Select[LearningWalk]:
    statement = filtered(visible_to(who), LearningWalk, query)
    return statement.where(
        col(LearningWalk.school_id) == query.school_id if query.school_id else true(),
        col(LearningWalk.state) == query.state if query.state else true(),
    )


def found_stops(who: Principal, query: WalkStopQuery) -> Select[WalkStop]:
    statement = filtered(visible_stops(who), WalkStop, query)
    return statement.where(col(WalkStop.walk_id) == query.walk_id) if query.walk_id else statement


def walking(district_id: UUID, after: UUID | None) -> Select[LearningWalk]:
    """Find the walks that were started and not debriefed, in the order of ids."""
    its: Any = LearningWalk
    return (
        select(LearningWalk)
        .where(
            its.district_id == district_id,
            its.state == State.IN_PROGRESS.value,
            its.archived_at.is_(None),
            its.id > after if after is not None else true(),
        )
        .order_by(its.id)
    )

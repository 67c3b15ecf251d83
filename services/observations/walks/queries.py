from typing import Any

from sqlalchemy import Select, and_, or_, true
from sqlmodel import col, select

from services.observations.walks.models import LearningWalk, WalkStop
from services.observations.walks.rules import State
from services.observations.walks.schemas import LearningWalkQuery, WalkStopQuery
from shared.access.principals import ActingPerson, Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[LearningWalk]:
    """The team and the school's leaders; once it is shared, all staff of the school."""
    statement = select(LearningWalk).where(col(LearningWalk.district_id) == who.district_id)
    person = who.person
    if person is None:
        return statement
    shared = and_(col(LearningWalk.state) == State.SHARED.value, col(LearningWalk.school_id).in_(person.orgs))
    return statement.where(or_(_walked_by(person), col(LearningWalk.school_id).in_(person.led_orgs), shared))


def _walked_by(person: ActingPerson) -> Any:
    team: Any = col(LearningWalk.team_ids)
    return team.overlap(sorted(person.ids))


def visible_stops(who: Principal) -> Select[WalkStop]:
    """A stop by itself is for the team: two of them and a timetable would name a teacher."""
    walks = select(col(LearningWalk.id)).where(col(LearningWalk.district_id) == who.district_id)
    if who.person is not None:
        walks = walks.where(_walked_by(who.person))
    return select(WalkStop).where(col(WalkStop.district_id) == who.district_id, col(WalkStop.walk_id).in_(walks))


def found(who: Principal, query: LearningWalkQuery) -> Select[LearningWalk]:
    statement = filtered(visible_to(who), LearningWalk, query)
    return statement.where(
        col(LearningWalk.school_id) == query.school_id if query.school_id else true(),
        col(LearningWalk.state) == query.state if query.state else true(),
    )


def found_stops(who: Principal, query: WalkStopQuery) -> Select[WalkStop]:
    statement = filtered(visible_stops(who), WalkStop, query)
    return statement.where(col(WalkStop.walk_id) == query.walk_id) if query.walk_id else statement

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_
from sqlmodel import col

from services.observations.feedback.schemas import FeedbackQuery, FeedbackState
from services.observations.observations.access import READS_EVALUATIONS
from services.observations.observations.models import Observation
from services.observations.observations.queries import visible_to as visible_observations
from services.observations.observations.rules import Purpose
from shared.access.principals import Principal
from shared.paging import filtered

_SHARED = col(Observation.shared_at)
_READ = col(Observation.read_at)
_RESPONDED = col(Observation.responded_at)
_STATES: dict[FeedbackState, ColumnElement[bool]] = {
    FeedbackState.DRAFT: _SHARED.is_(None),
    FeedbackState.SHARED: and_(_SHARED.is_not(None), _READ.is_(None)),
    FeedbackState.READ: and_(_READ.is_not(None), _RESPONDED.is_(None)),
    FeedbackState.RESPONDED: _RESPONDED.is_not(None),
}


def visible_to(who: Principal) -> Select[Observation]:
    """Drafts are their author's. What is shared is also the teacher's, and in an evaluation those who may see that."""
    statement = visible_observations(who).where(col(Observation.feedback).is_not(None))
    return statement.where(or_(_is_author(who), and_(_SHARED.is_not(None), _is_for(who))))


def _is_author(who: Principal) -> ColumnElement[bool]:
    return col(Observation.observer_id).in_(who.person.ids) if who.person else false()


def _is_for(who: Principal) -> ColumnElement[bool]:
    purpose: Any = col(Observation.purpose)
    if who.person is not None:
        return or_(col(Observation.teacher_id).in_(who.person.ids), purpose == Purpose.EVALUATION.value)
    open_to_machines = [Purpose.WALK.value, Purpose.RESEARCH.value]
    if who.has(READS_EVALUATIONS):
        open_to_machines.append(Purpose.EVALUATION.value)
    allowed: ColumnElement[bool] = purpose.in_(open_to_machines)
    return allowed


def found(who: Principal, query: FeedbackQuery) -> Select[Observation]:
    statement = filtered(visible_to(who), Observation, query)
    if query.teacher_id is not None:
        statement = statement.where(col(Observation.teacher_id) == query.teacher_id)
    if query.observer_id is not None:
        statement = statement.where(col(Observation.observer_id) == query.observer_id)
    return statement.where(_STATES[query.state]) if query.state else statement

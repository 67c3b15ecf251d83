from sqlalchemy import ColumnElement, Select, and_
from sqlmodel import col

from services.observations.feedback.schemas import FeedbackQuery, FeedbackState
from services.observations.observations.models import Observation
from services.observations.observations.queries import readable
from shared.access.matching import matching
from shared.access.policies import FEEDBACK
from shared.access.principals import Principal
from shared.paging import filtered

_SHARED = col(Observation.shared_at)
_READ = col(Observation.read_at)
_RESPONDED = col(Observation.responded_at)
_FOLLOWED_UP = col(Observation.followed_up_at)
_STATES: dict[FeedbackState, ColumnElement[bool]] = {
    FeedbackState.DRAFT: _SHARED.is_(None),
    FeedbackState.SHARED: and_(_SHARED.is_not(None), _READ.is_(None)),
    FeedbackState.READ: and_(_READ.is_not(None), _RESPONDED.is_(None), _FOLLOWED_UP.is_(None)),
    FeedbackState.RESPONDED: and_(_RESPONDED.is_not(None), _FOLLOWED_UP.is_(None)),
    FeedbackState.FOLLOWED_UP: _FOLLOWED_UP.is_not(None),
}


def visible_to(who: Principal) -> Select[Observation]:
    """Drafts are their author's. What is shared is also the teacher's, and in an evaluation those who may see that."""
    return readable(who, FEEDBACK)


def found(who: Principal, query: FeedbackQuery) -> Select[Observation]:
    statement = filtered(visible_to(who), Observation, query)
    statement = matching(statement, Observation, who.district_id, query, ("teacher_id", "observer_id"))
    found: Select[Observation] = statement.where(_STATES[query.state]) if query.state else statement
    return found

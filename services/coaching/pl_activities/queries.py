from typing import Any

from sqlalchemy import Select, and_, or_
from sqlmodel import col, select

from services.coaching.pl_activities.models import PLActivity
from services.coaching.pl_activities.schemas import PLActivityQuery
from shared.access.policies import PL_ACTIVITIES
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[PLActivity]:
    """What a district offers is for all of its staff to see."""
    return select(PLActivity).where(
        col(PLActivity.district_id) == who.district_id, allowed(PL_ACTIVITIES, who, Columns(PLActivity))
    )


def found(who: Principal, query: PLActivityQuery) -> Select[PLActivity]:
    statement: Any = filtered(visible_to(who), PLActivity, query)
    if query.org_id is not None:
        statement = statement.where(col(PLActivity.org_id) == query.org_id)
    if query.goal_id is not None:
        statement = statement.where(col(PLActivity.goal_id) == query.goal_id)
    if query.orphan is not None:
        orphan = and_(col(PLActivity.goal_id).is_(None), col(PLActivity.plan_action_id).is_(None))
        aligned = or_(col(PLActivity.goal_id).is_not(None), col(PLActivity.plan_action_id).is_not(None))
        statement = statement.where(orphan if query.orphan else aligned)
    found: Select[PLActivity] = statement
    return found

from typing import Any

from sqlalchemy import Select
from sqlmodel import col, select

from services.coaching.work_plans.models import PlanAction, WorkPlan
from services.coaching.work_plans.schemas import PlanActionQuery, WorkPlanQuery
from shared.access.policies import PLAN_ACTIONS, WORK_PLANS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[WorkPlan]:
    """A plan is a school's promise: all staff of the district may read it."""
    return select(WorkPlan).where(
        col(WorkPlan.district_id) == who.district_id, allowed(WORK_PLANS, who, Columns(WorkPlan))
    )


def visible_actions(who: Principal) -> Select[PlanAction]:
    return select(PlanAction).where(
        col(PlanAction.district_id) == who.district_id, allowed(PLAN_ACTIONS, who, Columns(PlanAction))
    )


def found(who: Principal, query: WorkPlanQuery) -> Select[WorkPlan]:
    statement: Any = filtered(visible_to(who), WorkPlan, query)
    if query.org_id is not None:
        statement = statement.where(col(WorkPlan.org_id) == query.org_id)
    found: Select[WorkPlan] = statement
    return found


def found_actions(who: Principal, query: PlanActionQuery) -> Select[PlanAction]:
    statement: Any = filtered(visible_actions(who), PlanAction, query)
    if query.work_plan_id is not None:
        statement = statement.where(col(PlanAction.work_plan_id) == query.work_plan_id)
    if query.goal_id is not None:
        statement = statement.where(col(PlanAction.goal_id) == query.goal_id)
    if query.orphan is not None:
        goal = col(PlanAction.goal_id)
        statement = statement.where(goal.is_(None) if query.orphan else goal.is_not(None))
    found: Select[PlanAction] = statement
    return found

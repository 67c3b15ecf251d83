from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.coaching.work_plans.rules import ActionState, PlanState
from shared.paging import ResourceQuery
from shared.wire import Day, Id, Name, ResourceRead, Wire, whole

SchoolYear = Annotated[int, Field(ge=1950, le=2200, description="the year in which it ends"), BeforeValidator(whole)]


class WorkPlanWrite(Wire):
    title: Name
    org_id: Id
    school_year: SchoolYear


class WorkPlanRead(ResourceRead):
    title: str
    org_id: UUID
    school_year: int
    state: PlanState


class WorkPlanQuery(ResourceQuery):
    org_id: Id | None = None


class PlanActionWrite(Wire):
    work_plan_id: Id
    goal_id: Id | None = None
    title: Name
    owner_id: Id | None = None
    due_date: Day | None = None
    state: Annotated[ActionState, Field(strict=False)] = ActionState.PLANNED


class PlanActionRead(ResourceRead):
    work_plan_id: UUID
    goal_id: UUID | None
    title: str
    owner_id: UUID | None
    due_date: date | None
    state: ActionState


class PlanActionQuery(ResourceQuery):
    work_plan_id: Id | None = None
    goal_id: Id | None = None
    orphan: bool | None = Field(default=None, description="true: those that serve no goal")

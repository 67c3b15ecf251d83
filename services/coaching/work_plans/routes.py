from typing import Annotated

from fastapi import Query, Request

from services.coaching.auth import CanReadGoals, CanWriteGoals
from services.coaching.work_plans import queries, service
from services.coaching.work_plans.models import PlanAction, WorkPlan
from services.coaching.work_plans.schemas import (
    PlanActionQuery,
    PlanActionRead,
    PlanActionWrite,
    WorkPlanQuery,
    WorkPlanRead,
    WorkPlanWrite,
)
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("work plans")
CREATED = created(WorkPlanRead)
ACTION_CREATED = created(PlanActionRead)


@router.put("/v1/work-plans/{plan_id}", responses=CREATED)
async def put_work_plan(plan_id: Id, body: WorkPlanWrite, unit: CanWriteGoals) -> WorkPlanRead:
    return WorkPlanRead.model_validate(await service.put_plan(unit, plan_id, body))


@router.get("/v1/work-plans/{plan_id}")
async def get_work_plan(plan_id: Id, unit: CanReadGoals) -> WorkPlanRead:
    return WorkPlanRead.model_validate(show(unit, await service.get_plan(unit, plan_id)))


@router.get("/v1/work-plans")
async def list_work_plans(
    request: Request, query: Annotated[WorkPlanQuery, Query()], unit: CanReadGoals
) -> Page[WorkPlanRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), WorkPlan.id)
    return Page(data=[WorkPlanRead.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/work-plans/{plan_id}/adopt")
async def adopt_work_plan(plan_id: Id, unit: CanWriteGoals) -> WorkPlanRead:
    return WorkPlanRead.model_validate(await service.move_plan(unit, plan_id, "adopt"))


@router.post("/v1/work-plans/{plan_id}/monitor")
async def monitor_work_plan(plan_id: Id, unit: CanWriteGoals) -> WorkPlanRead:
    return WorkPlanRead.model_validate(await service.move_plan(unit, plan_id, "monitor"))


@router.post("/v1/work-plans/{plan_id}/close")
async def close_work_plan(plan_id: Id, unit: CanWriteGoals) -> WorkPlanRead:
    return WorkPlanRead.model_validate(await service.move_plan(unit, plan_id, "close"))


@router.put("/v1/plan-actions/{action_id}", responses=ACTION_CREATED)
async def put_plan_action(action_id: Id, body: PlanActionWrite, unit: CanWriteGoals) -> PlanActionRead:
    return PlanActionRead.model_validate(await service.put_action(unit, action_id, body))


@router.get("/v1/plan-actions/{action_id}")
async def get_plan_action(action_id: Id, unit: CanReadGoals) -> PlanActionRead:
    unit.audit("plan_action.viewed", "plan-actions", action_id)
    return PlanActionRead.model_validate(show(unit, await service.get_action(unit, action_id)))


@router.get("/v1/plan-actions")
async def list_plan_actions(
    request: Request, query: Annotated[PlanActionQuery, Query()], unit: CanReadGoals
) -> Page[PlanActionRead]:
    rows, following, total = await page_of(unit, request, query, queries.found_actions(unit.who, query), PlanAction.id)
    unit.audit("plan_action.listed", "plan-actions", rows=len(rows))
    return Page(data=[PlanActionRead.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/plan-actions/{action_id}/archive")
async def archive_plan_action(action_id: Id, unit: CanWriteGoals) -> PlanActionRead:
    return PlanActionRead.model_validate(await service.archive_action(unit, action_id))

from typing import Annotated

from fastapi import Query, Request

from services.coaching.auth import CanReadGoals, CanWriteGoals
from services.coaching.goals import queries, service
from services.coaching.goals.models import Goal
from services.coaching.goals.schemas import GoalPatch, GoalQuery, GoalRead, GoalWrite
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("goals")
CREATED = created(GoalRead)


@router.put("/v1/goals/{goal_id}", responses=CREATED)
async def put_goal(goal_id: Id, body: GoalWrite, unit: CanWriteGoals) -> GoalRead:
    """Create a goal as a draft, or replace what it says. Its state moves by the actions below."""
    return GoalRead.model_validate(await service.put_goal(unit, goal_id, body))


@router.get("/v1/goals/{goal_id}")
async def get_goal(goal_id: Id, unit: CanReadGoals) -> GoalRead:
    unit.audit("goal.viewed", "goals", goal_id)
    return GoalRead.model_validate(show(unit, await service.get_goal(unit, goal_id)))


@router.patch("/v1/goals/{goal_id}")
async def patch_goal(goal_id: Id, body: GoalPatch, unit: CanWriteGoals) -> GoalRead:
    return GoalRead.model_validate(await service.patch_goal(unit, goal_id, body))


@router.get("/v1/goals")
async def list_goals(request: Request, query: Annotated[GoalQuery, Query()], unit: CanReadGoals) -> Page[GoalRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Goal.id)
    unit.audit("goal.listed", "goals", rows=len(rows))
    return Page(data=[GoalRead.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/goals/{goal_id}/activate")
async def activate_goal(goal_id: Id, unit: CanWriteGoals) -> GoalRead:
    """Take a draft up, or a met or dropped goal again."""
    return GoalRead.model_validate(await service.move(unit, goal_id, "activate"))


@router.post("/v1/goals/{goal_id}/meet")
async def meet_goal(goal_id: Id, unit: CanWriteGoals) -> GoalRead:
    return GoalRead.model_validate(await service.move(unit, goal_id, "meet"))


@router.post("/v1/goals/{goal_id}/drop")
async def drop_goal(goal_id: Id, unit: CanWriteGoals) -> GoalRead:
    """Give a draft or an active goal up. What hangs on it is then an orphan."""
    return GoalRead.model_validate(await service.move(unit, goal_id, "drop"))


@router.post("/v1/goals/{goal_id}/archive")
async def archive_goal(goal_id: Id, unit: CanWriteGoals) -> GoalRead:
    return GoalRead.model_validate(await service.archive_goal(unit, goal_id))

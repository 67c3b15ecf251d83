from typing import Annotated

from fastapi import Query, Request

from services.coaching.auth import CanReadCoaching, CanWriteCoaching
from services.coaching.coaching_cycles import phases, queries, work
from services.coaching.coaching_cycles.models import ActionStep, CoachingSession, CycleModel
from services.coaching.coaching_cycles.schemas import (
    ActionStepRead,
    ActionStepWrite,
    CoachingSessionRead,
    CoachingSessionWrite,
    CycleModelRead,
    CycleModelWrite,
    OfCycleQuery,
)
from shared.paging import Page, ResourceQuery, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("coaching")
MODEL_CREATED = created(CycleModelRead)
SESSION_CREATED = created(CoachingSessionRead)
STEP_CREATED = created(ActionStepRead)


@router.put("/v1/cycle-models/{model_id}", responses=MODEL_CREATED)
async def put_cycle_model(model_id: Id, body: CycleModelWrite, unit: CanWriteCoaching) -> CycleModelRead:
    return CycleModelRead.model_validate(await phases.put_model(unit, model_id, body))


@router.get("/v1/cycle-models/{model_id}")
async def get_cycle_model(model_id: Id, unit: CanReadCoaching) -> CycleModelRead:
    return CycleModelRead.model_validate(show(unit, await phases.get_model(unit, model_id)))


@router.get("/v1/cycle-models")
async def list_cycle_models(
    request: Request, query: Annotated[ResourceQuery, Query()], unit: CanReadCoaching
) -> Page[CycleModelRead]:
    rows, following, total = await page_of(unit, request, query, queries.found_models(unit.who, query), CycleModel.id)
    return Page(data=[CycleModelRead.model_validate(row) for row in rows], next=following, total=total)


@router.put("/v1/coaching-sessions/{session_id}", responses=SESSION_CREATED)
async def put_coaching_session(
    session_id: Id, body: CoachingSessionWrite, unit: CanWriteCoaching
) -> CoachingSessionRead:
    return CoachingSessionRead.model_validate(await work.put_session(unit, session_id, body))


@router.get("/v1/coaching-sessions/{session_id}")
async def get_coaching_session(session_id: Id, unit: CanReadCoaching) -> CoachingSessionRead:
    row = show(unit, await work.get_session(unit, session_id))
    unit.audit("coaching_session.viewed", "coaching-sessions", session_id)
    return (await work.read_sessions(unit, [row]))[0]


@router.get("/v1/coaching-sessions")
async def list_coaching_sessions(
    request: Request, query: Annotated[OfCycleQuery, Query()], unit: CanReadCoaching
) -> Page[CoachingSessionRead]:
    found = queries.found_sessions(unit.who, query)
    rows, following, total = await page_of(unit, request, query, found, CoachingSession.id)
    unit.audit("coaching_session.listed", "coaching-sessions", rows=len(rows))
    return Page(data=await work.read_sessions(unit, rows), next=following, total=total)


@router.put("/v1/action-steps/{step_id}", responses=STEP_CREATED)
async def put_action_step(step_id: Id, body: ActionStepWrite, unit: CanWriteCoaching) -> ActionStepRead:
    return ActionStepRead.model_validate(await work.put_step(unit, step_id, body))


@router.get("/v1/action-steps/{step_id}")
async def get_action_step(step_id: Id, unit: CanReadCoaching) -> ActionStepRead:
    row = show(unit, await work.get_step(unit, step_id))
    unit.audit("action_step.viewed", "action-steps", step_id)
    return ActionStepRead.model_validate(row)


@router.get("/v1/action-steps")
async def list_action_steps(
    request: Request, query: Annotated[OfCycleQuery, Query()], unit: CanReadCoaching
) -> Page[ActionStepRead]:
    rows, following, total = await page_of(unit, request, query, queries.found_steps(unit.who, query), ActionStep.id)
    unit.audit("action_step.listed", "action-steps", rows=len(rows))
    return Page(data=[ActionStepRead.model_validate(row) for row in rows], next=following, total=total)

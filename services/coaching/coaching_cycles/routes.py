from typing import Annotated

from fastapi import Query, Request

from services.coaching.auth import CanReadCoaching, CanWriteCoaching
from services.coaching.coaching_cycles import queries, service
from services.coaching.coaching_cycles.models import CoachingCycle
from services.coaching.coaching_cycles.rendering import read
from services.coaching.coaching_cycles.schemas import (
    Advance,
    At,
    CoachingCycleQuery,
    CoachingCycleRead,
    CoachingCycleWrite,
    Completion,
    Match,
)
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("coaching")
CREATED = created(CoachingCycleRead)


@router.put("/v1/coaching-cycles/{cycle_id}", responses=CREATED)
async def put_coaching_cycle(cycle_id: Id, body: CoachingCycleWrite, unit: CanWriteCoaching) -> CoachingCycleRead:
    return read(unit.who, await service.put_cycle(unit, cycle_id, body))


@router.get("/v1/coaching-cycles/{cycle_id}")
async def get_coaching_cycle(cycle_id: Id, unit: CanReadCoaching) -> CoachingCycleRead:
    row = show(unit, await service.get_cycle(unit, cycle_id))
    unit.audit("coaching_cycle.viewed", "coaching-cycles", cycle_id)
    return read(unit.who, row)


@router.get("/v1/coaching-cycles")
async def list_coaching_cycles(
    request: Request, query: Annotated[CoachingCycleQuery, Query()], unit: CanReadCoaching
) -> Page[CoachingCycleRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), CoachingCycle.id)
    unit.audit("coaching_cycle.listed", "coaching-cycles", rows=len(rows))
    return Page(data=[read(unit.who, row) for row in rows], next=following, total=total)


@router.post("/v1/coaching-cycles/{cycle_id}/match")
async def match_coaching_cycle(cycle_id: Id, body: Match, unit: CanWriteCoaching) -> CoachingCycleRead:
    return read(unit.who, await service.match(unit, cycle_id, body))


@router.post("/v1/coaching-cycles/{cycle_id}/activate")
async def activate_coaching_cycle(cycle_id: Id, body: At, unit: CanWriteCoaching) -> CoachingCycleRead:
    return read(unit.who, await service.activate(unit, cycle_id, body))


@router.post("/v1/coaching-cycles/{cycle_id}/advance")
async def advance_coaching_cycle(cycle_id: Id, body: Advance, unit: CanWriteCoaching) -> CoachingCycleRead:
    return read(unit.who, await service.advance(unit, cycle_id, body))


@router.post("/v1/coaching-cycles/{cycle_id}/pause")
async def pause_coaching_cycle(cycle_id: Id, unit: CanWriteCoaching) -> CoachingCycleRead:
    return read(unit.who, await service.pause(unit, cycle_id))


@router.post("/v1/coaching-cycles/{cycle_id}/resume")
async def resume_coaching_cycle(cycle_id: Id, unit: CanWriteCoaching) -> CoachingCycleRead:
    return read(unit.who, await service.resume(unit, cycle_id))


@router.post("/v1/coaching-cycles/{cycle_id}/complete")
async def complete_coaching_cycle(cycle_id: Id, body: Completion, unit: CanWriteCoaching) -> CoachingCycleRead:
    return read(unit.who, await service.complete(unit, cycle_id, body))


@router.post("/v1/coaching-cycles/{cycle_id}/withdraw")
async def withdraw_coaching_cycle(cycle_id: Id, body: At, unit: CanWriteCoaching) -> CoachingCycleRead:
    return read(unit.who, await service.withdraw(unit, cycle_id, body))

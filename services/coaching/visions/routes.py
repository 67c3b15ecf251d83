from typing import Annotated

from fastapi import Query, Request

from services.coaching.auth import CanReadGoals, CanWriteGoals
from services.coaching.visions import queries, service
from services.coaching.visions.models import Vision
from services.coaching.visions.schemas import VisionPatch, VisionQuery, VisionRead, VisionWrite
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("goals")
CREATED = created(VisionRead)


@router.put("/v1/visions/{vision_id}", responses=CREATED)
async def put_vision(vision_id: Id, body: VisionWrite, unit: CanWriteGoals) -> VisionRead:
    return VisionRead.model_validate(await service.put_vision(unit, vision_id, body))


@router.get("/v1/visions/{vision_id}")
async def get_vision(vision_id: Id, unit: CanReadGoals) -> VisionRead:
    return VisionRead.model_validate(show(unit, await service.get_vision(unit, vision_id)))


@router.patch("/v1/visions/{vision_id}")
async def patch_vision(vision_id: Id, body: VisionPatch, unit: CanWriteGoals) -> VisionRead:
    return VisionRead.model_validate(await service.patch_vision(unit, vision_id, body))


@router.get("/v1/visions")
async def list_visions(
    request: Request, query: Annotated[VisionQuery, Query()], unit: CanReadGoals
) -> Page[VisionRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Vision.id)
    return Page(data=[VisionRead.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/visions/{vision_id}/archive")
async def archive_vision(vision_id: Id, unit: CanWriteGoals) -> VisionRead:
    return VisionRead.model_validate(await service.archive_vision(unit, vision_id))

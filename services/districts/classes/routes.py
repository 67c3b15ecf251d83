from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanReadRoster, CanWriteRoster
from services.districts.classes import queries, service
from services.districts.classes.models import Class
from services.districts.classes.schemas import ClassPatch, ClassQuery, ClassRead
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("classes")


@router.get("/v1/classes")
async def list_classes(request: Request, query: Annotated[ClassQuery, Query()], unit: CanReadRoster) -> Page[ClassRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Class.id)
    return Page(data=[ClassRead.model_validate(row) for row in rows], next=following, total=total)


@router.get("/v1/classes/{class_id}")
async def get_class(class_id: Id, unit: CanReadRoster) -> ClassRead:
    return ClassRead.model_validate(show(unit, await service.get_class(unit, class_id)))


@router.patch("/v1/classes/{class_id}")
async def patch_class(class_id: Id, body: ClassPatch, unit: CanWriteRoster) -> ClassRead:
    """Correct it by hand: that holds until the roster's source itself says something new."""
    return ClassRead.model_validate(await service.patch_class(unit, class_id, body))


@router.post("/v1/classes/{class_id}/archive")
async def archive_class(class_id: Id, unit: CanWriteRoster) -> ClassRead:
    return ClassRead.model_validate(await service.archive_class(unit, class_id))

from typing import Annotated

from fastapi import Query, Request

from services.observations.auth import CanReadFrameworks, CanWriteFrameworks
from services.observations.crosswalks import exchange, queries, service
from services.observations.crosswalks.models import Crosswalk
from services.observations.crosswalks.schemas import (
    Correspondence,
    CorrespondenceQuery,
    CorrespondenceRead,
    CrosswalkEnds,
    CrosswalkHeader,
    CrosswalkQuery,
    CrosswalkRead,
    CrosswalkWrite,
)
from services.observations.frameworks.case_schemas import CFPackage
from shared.paging import Page, link_next, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("frameworks")


@router.put("/v1/crosswalks/{crosswalk_id}", responses=created(CrosswalkRead))
async def put_crosswalk(crosswalk_id: Id, body: CrosswalkWrite, unit: CanWriteFrameworks) -> CrosswalkRead:
    """Draft which indicators of one published version correspond to which of another, and how."""
    return _read(*await service.put_crosswalk(unit, crosswalk_id, body))


@router.get("/v1/crosswalks/{crosswalk_id}")
async def get_crosswalk(crosswalk_id: Id, unit: CanReadFrameworks) -> CrosswalkRead:
    row, lines = await service.get_crosswalk(unit, crosswalk_id)
    return _read(show(unit, row), lines)


@router.get("/v1/crosswalks")
async def list_crosswalks(
    request: Request, query: Annotated[CrosswalkQuery, Query()], unit: CanReadFrameworks
) -> Page[CrosswalkHeader]:
    """List crosswalks without what they say; each is read by its id."""
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Crosswalk.id)
    return Page(data=[CrosswalkHeader.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/crosswalks/{crosswalk_id}/publish")
async def publish_crosswalk(crosswalk_id: Id, unit: CanWriteFrameworks) -> CrosswalkRead:
    """Publish a draft. From then on it never changes."""
    return _read(*await service.publish(unit, crosswalk_id))


@router.post("/v1/crosswalks/{crosswalk_id}/retire")
async def retire_crosswalk(crosswalk_id: Id, unit: CanWriteFrameworks) -> CrosswalkRead:
    """Take it out of what corresponds to what; another one may say it better."""
    return _read(*await service.retire(unit, crosswalk_id))


@router.post("/v1/crosswalks/{crosswalk_id}/archive")
async def archive_crosswalk(crosswalk_id: Id, unit: CanWriteFrameworks) -> CrosswalkRead:
    return _read(*await service.archive_crosswalk(unit, crosswalk_id))


@router.get("/v1/crosswalks/{crosswalk_id}/case", response_model_exclude_none=True)
async def get_crosswalk_case(request: Request, crosswalk_id: Id, unit: CanReadFrameworks) -> CFPackage:
    """Give the crosswalk as a CFPackage of CASE 1.1: associations between the items of the two versions."""
    url = request.app.state.runtime.settings.public_url
    return CFPackage.model_validate(await service.export(unit, crosswalk_id, url))


@router.post("/v1/crosswalks/import", responses=created(CrosswalkRead))
async def import_crosswalk(
    body: CFPackage, ends: Annotated[CrosswalkEnds, Query()], unit: CanWriteFrameworks
) -> CrosswalkRead:
    """Draft a crosswalk from the associations of a CFPackage of CASE 1.1, under its id."""
    return _read(*await exchange.take_in(unit, body, ends))


@router.get("/v1/framework-versions/{version_id}/correspondences")
async def list_correspondences(
    request: Request, version_id: Id, query: Annotated[CorrespondenceQuery, Query()], unit: CanReadFrameworks
) -> Page[CorrespondenceRead]:
    """Say what an indicator of this version, or each of them, corresponds to in published crosswalks."""
    found = await service.correspondences(unit, version_id, query)
    link_next(unit, request, found.next)
    return found


def _read(row: Crosswalk, lines: service.Lines) -> CrosswalkRead:
    header = CrosswalkHeader.model_validate(row).model_dump()
    said = [Correspondence.model_validate(line, strict=False) for line in lines]
    return CrosswalkRead.model_validate(header | {"correspondences": said})

from typing import Annotated, Any

from fastapi import Query, Request

from services.observations.auth import CanReadFrameworks, CanWriteFrameworks
from services.observations.frameworks import queries, service
from services.observations.frameworks.models import Framework, FrameworkVersion
from services.observations.frameworks.schemas import (
    FrameworkPatch,
    FrameworkQuery,
    FrameworkRead,
    FrameworkVersionDiff,
    FrameworkVersionHeader,
    FrameworkVersionPatch,
    FrameworkVersionQuery,
    FrameworkVersionRead,
    FrameworkVersionWrite,
    FrameworkWrite,
    VersionDiffQuery,
)  # fmt: skip
from shared.paging import Page, filtered, page_of
from shared.routing import resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("frameworks")
Responses = dict[int | str, dict[str, Any]]
CREATED: Responses = {201: {"model": FrameworkRead, "description": "Created"}}
VERSION_CREATED: Responses = {201: {"model": FrameworkVersionRead, "description": "Created"}}


@router.put("/v1/frameworks/{framework_id}", responses=CREATED)
async def put_framework(framework_id: Id, body: FrameworkWrite, unit: CanWriteFrameworks) -> FrameworkRead:
    return FrameworkRead.model_validate(await service.put_framework(unit, framework_id, body))


@router.get("/v1/frameworks/{framework_id}")
async def get_framework(framework_id: Id, unit: CanReadFrameworks) -> FrameworkRead:
    return FrameworkRead.model_validate(show(unit, await service.get_framework(unit, framework_id)))


@router.patch("/v1/frameworks/{framework_id}")
async def patch_framework(framework_id: Id, body: FrameworkPatch, unit: CanWriteFrameworks) -> FrameworkRead:
    return FrameworkRead.model_validate(await service.patch_framework(unit, framework_id, body))


@router.get("/v1/frameworks")
async def list_frameworks(
    request: Request, query: Annotated[FrameworkQuery, Query()], unit: CanReadFrameworks
) -> Page[FrameworkRead]:
    statement = filtered(queries.visible_to(unit.who), Framework, query)
    rows, following, total = await page_of(unit, request, query, statement, Framework.id)
    return Page(data=[FrameworkRead.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/frameworks/{framework_id}/archive")
async def archive_framework(framework_id: Id, unit: CanWriteFrameworks) -> FrameworkRead:
    return FrameworkRead.model_validate(await service.archive_framework(unit, framework_id))


@router.put("/v1/framework-versions/{version_id}", responses=VERSION_CREATED)
async def put_framework_version(
    version_id: Id, body: FrameworkVersionWrite, unit: CanWriteFrameworks
) -> FrameworkVersionRead:
    """Draft a version in one document: domains, components, indicators with levels, look-fors."""
    return read(*await service.put_version(unit, version_id, body))


@router.get("/v1/framework-versions/{version_id}")
async def get_framework_version(version_id: Id, unit: CanReadFrameworks) -> FrameworkVersionRead:
    row, content = await service.get_version(unit, version_id)
    return read(show(unit, row), content)


@router.get("/v1/framework-versions/{version_id}/diff")
async def get_framework_version_diff(
    version_id: Id, query: Annotated[VersionDiffQuery, Query()], unit: CanReadFrameworks
) -> FrameworkVersionDiff:
    """Say what was added, removed and changed, with the old and the new wording."""
    return await service.compare(unit, version_id, query.from_id)


@router.patch("/v1/framework-versions/{version_id}")
async def patch_framework_version(
    version_id: Id, body: FrameworkVersionPatch, unit: CanWriteFrameworks
) -> FrameworkVersionRead:
    return read(*await service.patch_version(unit, version_id, body))


@router.get("/v1/framework-versions")
async def list_framework_versions(
    request: Request, query: Annotated[FrameworkVersionQuery, Query()], unit: CanReadFrameworks
) -> Page[FrameworkVersionHeader]:
    """List versions without their document; each is read by its id."""
    statement = queries.found_versions(unit.who, query)
    rows, following, total = await page_of(unit, request, query, statement, FrameworkVersion.id)
    return Page(data=[FrameworkVersionHeader.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/framework-versions/{version_id}/publish")
async def publish_framework_version(version_id: Id, unit: CanWriteFrameworks) -> FrameworkVersionRead:
    """Publish a draft. From then on it never changes: what was scored with it keeps its row, level and wording."""
    return read(*await service.publish(unit, version_id))


@router.post("/v1/framework-versions/{version_id}/retire")
async def retire_framework_version(version_id: Id, unit: CanWriteFrameworks) -> FrameworkVersionRead:
    """Take a published version out of use. What happened before may still be recorded with it."""
    return read(*await service.retire(unit, version_id))


@router.post("/v1/framework-versions/{version_id}/archive")
async def archive_framework_version(version_id: Id, unit: CanWriteFrameworks) -> FrameworkVersionRead:
    return read(*await service.archive_version(unit, version_id))


def read(row: FrameworkVersion, content: service.Content) -> FrameworkVersionRead:
    header = FrameworkVersionHeader.model_validate(row).model_dump()
    return FrameworkVersionRead.model_validate(header | dict(content))

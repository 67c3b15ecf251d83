from typing import Annotated

from fastapi import Query, Request

from services.observations.auth import CanReadFrameworks, CanWriteFrameworks
from services.observations.framework_enablements import queries, service
from services.observations.framework_enablements.models import FrameworkEnablement
from services.observations.framework_enablements.schemas import (
    EnabledQuery,
    EnabledVersions,
    FrameworkEnablementQuery,
    FrameworkEnablementRead,
    FrameworkEnablementWrite,
)
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("frameworks")


@router.put("/v1/framework-enablements/{enablement_id}", responses=created(FrameworkEnablementRead))
async def put_framework_enablement(
    enablement_id: Id, body: FrameworkEnablementWrite, unit: CanWriteFrameworks
) -> FrameworkEnablementRead:
    """Enable a version from one day to another, for a school and a role or for all of them."""
    return FrameworkEnablementRead.model_validate(await service.put_enablement(unit, enablement_id, body))


@router.get("/v1/framework-enablements/{enablement_id}")
async def get_framework_enablement(enablement_id: Id, unit: CanReadFrameworks) -> FrameworkEnablementRead:
    return FrameworkEnablementRead.model_validate(show(unit, await service.get_enablement(unit, enablement_id)))


@router.get("/v1/framework-enablements")
async def list_framework_enablements(
    request: Request, query: Annotated[FrameworkEnablementQuery, Query()], unit: CanReadFrameworks
) -> Page[FrameworkEnablementRead]:
    statement = queries.found(unit.who, query)
    rows, following, total = await page_of(unit, request, query, statement, FrameworkEnablement.id)
    data = [FrameworkEnablementRead.model_validate(row) for row in rows]
    return Page(data=data, next=following, total=total)


@router.post("/v1/framework-enablements/{enablement_id}/archive")
async def archive_framework_enablement(enablement_id: Id, unit: CanWriteFrameworks) -> FrameworkEnablementRead:
    """Take it back, as if it had never held. To end it, give it an `end_date`."""
    return FrameworkEnablementRead.model_validate(await service.archive_enablement(unit, enablement_id))


@router.get("/v1/enabled-framework-versions")
async def get_enabled_framework_versions(
    query: Annotated[EnabledQuery, Query()], unit: CanReadFrameworks
) -> EnabledVersions:
    """Say which version of each framework is enabled on a day, for each school and role."""
    return await service.enabled(unit, query)

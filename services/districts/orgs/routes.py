from typing import Annotated, Any

from fastapi import Query, Request

from services.districts.auth import CanReadRoster, CanWriteRoster
from services.districts.orgs import queries, service
from services.districts.orgs.models import Org
from services.districts.orgs.schemas import OrgPatch, OrgQuery, OrgRead, OrgWrite
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("orgs")
CREATED: dict[int | str, dict[str, Any]] = {201: {"model": OrgRead, "description": "Created"}}


@router.get("/v1/orgs")
async def list_orgs(request: Request, query: Annotated[OrgQuery, Query()], unit: CanReadRoster) -> Page[OrgRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Org.id)
    return Page(data=[OrgRead.model_validate(row) for row in rows], next=following, total=total)


@router.put("/v1/orgs/{org_id}", responses=CREATED)
async def put_org(org_id: Id, body: OrgWrite, unit: CanWriteRoster) -> OrgRead:
    """Create an organisation by hand, or replace what is said of one."""
    return OrgRead.model_validate(await service.put_org(unit, org_id, body))


@router.get("/v1/orgs/{org_id}")
async def get_org(org_id: Id, unit: CanReadRoster) -> OrgRead:
    return OrgRead.model_validate(show(unit, await service.get_org(unit, org_id)))


@router.patch("/v1/orgs/{org_id}")
async def patch_org(org_id: Id, body: OrgPatch, unit: CanWriteRoster) -> OrgRead:
    """Correct it by hand: that holds until the roster's source itself says something new."""
    return OrgRead.model_validate(await service.patch_org(unit, org_id, body))


@router.post("/v1/orgs/{org_id}/archive")
async def archive_org(org_id: Id, unit: CanWriteRoster) -> OrgRead:
    return OrgRead.model_validate(await service.archive_org(unit, org_id))

from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanExportRoleGrants, CanImportRoleGrants, CanReadRoster, CanWriteRoster
from services.districts.role_grants import queries, service
from services.districts.role_grants.models import RoleGrant
from services.districts.role_grants.rendering import read_all, read_one
from services.districts.role_grants.schemas import RoleGrantPatch, RoleGrantQuery, RoleGrantRead, RoleGrantWrite
from services.districts.role_grants.table import TABLE
from services.districts.tabular.routes import add_table
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("role grants")
add_table(router, TABLE, may_export=CanExportRoleGrants, may_import=CanImportRoleGrants)


@router.get("/v1/role-grants")
async def list_role_grants(
    request: Request, query: Annotated[RoleGrantQuery, Query()], unit: CanReadRoster
) -> Page[RoleGrantRead]:
    """List grants. An acting person sees their own, and those at organisations that the person leads."""
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), RoleGrant.id)
    unit.audit("role_grant.listed", "role-grants", rows=len(rows))
    return Page(data=await read_all(unit, rows), next=following, total=total)


@router.put("/v1/role-grants/{grant_id}", responses=created(RoleGrantRead))
async def put_role_grant(grant_id: Id, body: RoleGrantWrite, unit: CanWriteRoster) -> RoleGrantRead:
    """Grant a role of leadership for a term, or replace what was said. It survives every roster.

    While a formal one holds whose role leads (`gives`), the person leads that organisation and all below it, with the
    rights that follow. An informal one is known and counted, and gives no right.
    """
    return await read_one(unit, await service.put_role_grant(unit, grant_id, body))


@router.get("/v1/role-grants/{grant_id}")
async def get_role_grant(grant_id: Id, unit: CanReadRoster) -> RoleGrantRead:
    row = show(unit, await service.get_role_grant(unit, grant_id))
    unit.audit("role_grant.viewed", "role-grants", row.id)
    return await read_one(unit, row)


@router.patch("/v1/role-grants/{grant_id}")
async def patch_role_grant(grant_id: Id, body: RoleGrantPatch, unit: CanWriteRoster) -> RoleGrantRead:
    return await read_one(unit, await service.patch_role_grant(unit, grant_id, body))


@router.post("/v1/role-grants/{grant_id}/activate")
async def activate_role_grant(grant_id: Id, unit: CanWriteRoster) -> RoleGrantRead:
    """Decide a proposed one: it holds within its term."""
    return await read_one(unit, await service.activate_role_grant(unit, grant_id))


@router.post("/v1/role-grants/{grant_id}/end")
async def end_role_grant(grant_id: Id, unit: CanWriteRoster) -> RoleGrantRead:
    """End an active one before its term is over: what it gave ends at once, and `end_date` is today at the latest."""
    return await read_one(unit, await service.end_role_grant(unit, grant_id))


@router.post("/v1/role-grants/{grant_id}/archive")
async def archive_role_grant(grant_id: Id, unit: CanWriteRoster) -> RoleGrantRead:
    """Archive: it was a mistake, and gives nothing any more."""
    return await read_one(unit, await service.archive_role_grant(unit, grant_id))

from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanExportLeaves, CanImportLeaves, CanReadLeaves, CanWriteLeaves
from services.districts.leaves import queries, service
from services.districts.leaves.models import Leave
from services.districts.leaves.schemas import LeavePatch, LeaveQuery, LeaveRead, LeaveWrite
from services.districts.leaves.table import TABLE
from services.districts.tabular.routes import add_table
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("leaves")
add_table(router, TABLE, may_export=CanExportLeaves, may_import=CanImportLeaves)


@router.get("/v1/leaves")
async def list_leaves(request: Request, query: Annotated[LeaveQuery, Query()], unit: CanReadLeaves) -> Page[LeaveRead]:
    """List leaves. An acting person sees those of the staff of the organisations that the person leads, no others."""
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Leave.id)
    unit.audit("leave.listed", "leaves", ids=[row.id for row in rows])
    return Page(data=[LeaveRead.model_validate(row) for row in rows], next=following, total=total)


@router.put("/v1/leaves/{leave_id}", responses=created(LeaveRead))
async def put_leave(leave_id: Id, body: LeaveWrite, unit: CanWriteLeaves) -> LeaveRead:
    return LeaveRead.model_validate(await service.put_leave(unit, leave_id, body))


@router.get("/v1/leaves/{leave_id}")
async def get_leave(leave_id: Id, unit: CanReadLeaves) -> LeaveRead:
    row = show(unit, await service.get_leave(unit, leave_id))
    unit.audit("leave.viewed", "leaves", row.id)
    return LeaveRead.model_validate(row)


@router.patch("/v1/leaves/{leave_id}")
async def patch_leave(leave_id: Id, body: LeavePatch, unit: CanWriteLeaves) -> LeaveRead:
    return LeaveRead.model_validate(await service.patch_leave(unit, leave_id, body))


@router.post("/v1/leaves/{leave_id}/archive")
async def archive_leave(leave_id: Id, unit: CanWriteLeaves) -> LeaveRead:
    return LeaveRead.model_validate(await service.archive_leave(unit, leave_id))

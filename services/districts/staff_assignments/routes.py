from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanExportStaff, CanImportStaff, CanReadStaff, CanWriteStaff
from services.districts.staff_assignments import queries, service
from services.districts.staff_assignments.models import StaffAssignment
from services.districts.staff_assignments.rendering import read_all, read_one
from services.districts.staff_assignments.schemas import (
    StaffAssignmentPatch,
    StaffAssignmentQuery,
    StaffAssignmentRead,
    StaffAssignmentWrite,
)
from services.districts.staff_assignments.table import TABLE
from services.districts.tabular.routes import add_table
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("staff assignments")
add_table(router, TABLE, may_export=CanExportStaff, may_import=CanImportStaff)


@router.get("/v1/staff-assignments")
async def list_staff_assignments(
    request: Request, query: Annotated[StaffAssignmentQuery, Query()], unit: CanReadStaff
) -> Page[StaffAssignmentRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), StaffAssignment.id)
    unit.audit("staff_assignment.listed", "staff-assignments", rows=len(rows))
    return Page(data=await read_all(unit, rows), next=following, total=total)


@router.put("/v1/staff-assignments/{assignment_id}", responses=created(StaffAssignmentRead))
async def put_staff_assignment(
    assignment_id: Id, body: StaffAssignmentWrite, unit: CanWriteStaff
) -> StaffAssignmentRead:
    """Create or replace. More than one full position in a day is kept, with a warning."""
    return await read_one(unit, await service.put_staff_assignment(unit, assignment_id, body))


@router.get("/v1/staff-assignments/{assignment_id}")
async def get_staff_assignment(assignment_id: Id, unit: CanReadStaff) -> StaffAssignmentRead:
    row = show(unit, await service.get_staff_assignment(unit, assignment_id))
    unit.audit("staff_assignment.viewed", "staff-assignments", row.id)
    return await read_one(unit, row)


@router.patch("/v1/staff-assignments/{assignment_id}")
async def patch_staff_assignment(
    assignment_id: Id, body: StaffAssignmentPatch, unit: CanWriteStaff
) -> StaffAssignmentRead:
    return await read_one(unit, await service.patch_staff_assignment(unit, assignment_id, body))


@router.post("/v1/staff-assignments/{assignment_id}/archive")
async def archive_staff_assignment(assignment_id: Id, unit: CanWriteStaff) -> StaffAssignmentRead:
    return await read_one(unit, await service.archive_staff_assignment(unit, assignment_id))

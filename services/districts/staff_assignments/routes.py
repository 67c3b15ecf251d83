from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanExportStaff, CanImportStaff, CanReadStaff, CanWriteStaff
from services.districts.staff_assignments import queries, rules, service
from services.districts.staff_assignments.models import StaffAssignment
from services.districts.staff_assignments.schemas import (
    StaffAssignmentPatch,
    StaffAssignmentQuery,
    StaffAssignmentRead,
    StaffAssignmentWrite,
    StaffWarning,
)
from services.districts.tabular.routes import add_table
from services.districts.tabular.table import Table
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.units import Unit
from shared.wire import Id
from shared.writes import show

router = resource_router("staff assignments")
TABLE = Table(
    "staff-assignments", StaffAssignment, StaffAssignmentWrite, service.values_of, service.put_staff_assignment,
    queries.visible_to, key=(*service.SERIES, "begin_date"),
)  # fmt: skip
add_table(router, TABLE, may_export=CanExportStaff, may_import=CanImportStaff)


@router.get("/v1/staff-assignments")
async def list_staff_assignments(
    request: Request, query: Annotated[StaffAssignmentQuery, Query()], unit: CanReadStaff
) -> Page[StaffAssignmentRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), StaffAssignment.id)
    unit.audit("staff_assignment.listed", "staff-assignments", rows=len(rows))
    return Page(data=await _read(unit, rows), next=following, total=total)


@router.put("/v1/staff-assignments/{assignment_id}", responses=created(StaffAssignmentRead))
async def put_staff_assignment(
    assignment_id: Id, body: StaffAssignmentWrite, unit: CanWriteStaff
) -> StaffAssignmentRead:
    """Create or replace. More than one full position in a day is kept, with a warning."""
    return await _read_one(unit, await service.put_staff_assignment(unit, assignment_id, body))


@router.get("/v1/staff-assignments/{assignment_id}")
async def get_staff_assignment(assignment_id: Id, unit: CanReadStaff) -> StaffAssignmentRead:
    row = show(unit, await service.get_staff_assignment(unit, assignment_id))
    unit.audit("staff_assignment.viewed", "staff-assignments", row.id)
    return await _read_one(unit, row)


@router.patch("/v1/staff-assignments/{assignment_id}")
async def patch_staff_assignment(
    assignment_id: Id, body: StaffAssignmentPatch, unit: CanWriteStaff
) -> StaffAssignmentRead:
    return await _read_one(unit, await service.patch_staff_assignment(unit, assignment_id, body))


@router.post("/v1/staff-assignments/{assignment_id}/archive")
async def archive_staff_assignment(assignment_id: Id, unit: CanWriteStaff) -> StaffAssignmentRead:
    return await _read_one(unit, await service.archive_staff_assignment(unit, assignment_id))


async def _read_one(unit: Unit, row: StaffAssignment) -> StaffAssignmentRead:
    await unit.session.flush()
    return (await _read(unit, [row]))[0]


async def _read(unit: Unit, rows: Sequence[StaffAssignment]) -> list[StaffAssignmentRead]:
    held = await queries.shares_of(unit, {row.person_id for row in rows})
    over = {person: rules.overloads(shares) for person, shares in held.items()}
    return [
        StaffAssignmentRead.model_validate(
            row.model_dump()
            | {
                "staff_classification": rules.classification_of(row.position),
                "warnings": _warnings(row, over[row.person_id]),
            }
        )
        for row in rows
    ]


def _warnings(row: StaffAssignment, over: Sequence[rules.Share]) -> list[StaffWarning]:
    if row.archived_at is not None:
        return []
    own = rules.Share(row.fte, row.begin_date, row.end_date)
    return [
        StaffWarning(
            code="fte_above_one",
            message=f"all that this person is adds up to {share.fte:g} of a full position",
            begin_date=share.begin,
            end_date=share.end,
            fte=share.fte,
        )
        for share in over
        if rules.meet(own, share)
    ]

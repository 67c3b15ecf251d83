from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col

from services.districts.dated import PeriodOverlaps, alone, order_faults, refuse_overlap, share
from services.districts.orgs.service import check_orgs
from services.districts.references import check_staff
from services.districts.staff_assignments.models import StaffAssignment
from services.districts.staff_assignments.queries import visible_to
from services.districts.staff_assignments.schemas import StaffAssignmentPatch, StaffAssignmentWrite
from services.districts.tabular.sets import Proposal, Sets, joined, unknown
from shared.contracts.districts import StaffAssignmentState
from shared.errors import FieldError, Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, change_row, changes, load, put_row, repeated, show, stored_row

SERIES = ("person_id", "org_id", "position")


def values_of(body: StaffAssignmentWrite) -> dict[str, Any]:
    return body.model_dump()


async def put_staff_assignment(unit: Unit, assignment_id: UUID, body: StaffAssignmentWrite) -> StaffAssignment:
    values = values_of(body)
    await share(unit, StaffAssignment)
    stored = await stored_row(unit, StaffAssignment, visible_to(unit.who), assignment_id)
    if done := repeated(unit, stored, values):
        return done
    await _check(unit, assignment_id, values)
    row, changed = await put_row(unit, StaffAssignment, assignment_id, stored, values)
    return _announced(unit, row, changed)


async def get_staff_assignment(unit: Unit, assignment_id: UUID, *, lock: bool = False) -> StaffAssignment:
    return await load(unit, visible_to(unit.who).where(col(StaffAssignment.id) == assignment_id), lock=lock)


async def patch_staff_assignment(unit: Unit, assignment_id: UUID, patch: StaffAssignmentPatch) -> StaffAssignment:
    await share(unit, StaffAssignment)
    row = await get_staff_assignment(unit, assignment_id, lock=True)
    given = patch.model_dump(exclude_unset=True)
    if changes(row, given):
        await _check(unit, assignment_id, row.model_dump(include=set(StaffAssignmentWrite.model_fields)) | given)
    return _announced(unit, row, await change_row(unit, row, given))


async def archive_staff_assignment(unit: Unit, assignment_id: UUID) -> StaffAssignment:
    row = await get_staff_assignment(unit, assignment_id, lock=True)
    return _announced(unit, row, archive_row(unit, row))


async def _check(unit: Unit, assignment_id: UUID, values: dict[str, Any]) -> None:
    if errors := order_faults(values):
        raise Invalid(errors=errors)
    await check_staff(unit, {"#/person_id": values["person_id"]})
    await check_orgs(unit, {"#/org_id": values["org_id"]})
    await refuse_overlap(unit, StaffAssignment, assignment_id, values, SERIES)


def _announced(unit: Unit, row: StaffAssignment, changed: tuple[str, ...]) -> StaffAssignment:
    state = StaffAssignmentState.of(row)
    announce(unit, "staff_assignment.changed", "staff-assignments", row, state, changed)
    return show(unit, row)


async def _check_many(unit: Unit, proposals: Sequence[Proposal[StaffAssignment]]) -> list[list[FieldError]]:
    own = [order_faults(proposal.values) for proposal in proposals]
    return joined(
        own,
        await unknown(unit, check_staff, proposals, "person_id"),
        await unknown(unit, check_orgs, proposals, "org_id"),
    )


SETS = Sets(StaffAssignment, SERIES, PeriodOverlaps, lambda unit: alone(unit, StaffAssignment), _check_many, _announced)

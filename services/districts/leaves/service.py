from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col

from services.districts.dated import PeriodOverlaps, alone, order_faults, refuse_overlap, share
from services.districts.leaves.models import Leave
from services.districts.leaves.queries import visible_to
from services.districts.leaves.schemas import LeavePatch, LeaveWrite
from services.districts.references import check_staff
from services.districts.tabular.sets import Proposal, Sets, joined, unknown
from shared.contracts.districts import LeaveState
from shared.errors import FieldError, Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, change_row, changes, load, put_row, repeated, show, stored_row

SERIES = ("person_id",)


def values_of(body: LeaveWrite) -> dict[str, Any]:
    return body.model_dump()


async def put_leave(unit: Unit, leave_id: UUID, body: LeaveWrite) -> Leave:
    values = values_of(body)
    await share(unit, Leave)
    stored = await stored_row(unit, Leave, visible_to(unit.who), leave_id)
    if done := repeated(unit, stored, values):
        return done
    await _check(unit, leave_id, values)
    row, changed = await put_row(unit, Leave, leave_id, stored, values)
    return _announced(unit, row, changed)


async def get_leave(unit: Unit, leave_id: UUID, *, lock: bool = False) -> Leave:
    return await load(unit, visible_to(unit.who).where(col(Leave.id) == leave_id), lock=lock)


async def patch_leave(unit: Unit, leave_id: UUID, patch: LeavePatch) -> Leave:
    await share(unit, Leave)
    row = await get_leave(unit, leave_id, lock=True)
    given = patch.model_dump(exclude_unset=True)
    if changes(row, given):
        await _check(unit, leave_id, row.model_dump(include=set(LeaveWrite.model_fields)) | given)
    return _announced(unit, row, await change_row(unit, row, given))


async def archive_leave(unit: Unit, leave_id: UUID) -> Leave:
    row = await get_leave(unit, leave_id, lock=True)
    return _announced(unit, row, archive_row(unit, row))


async def _check(unit: Unit, leave_id: UUID, values: dict[str, Any]) -> None:
    if errors := order_faults(values):
        raise Invalid(errors=errors)
    await check_staff(unit, {"#/person_id": values["person_id"]})
    await refuse_overlap(unit, Leave, leave_id, values, SERIES)


def _announced(unit: Unit, row: Leave, changed: tuple[str, ...]) -> Leave:
    announce(unit, "leave.changed", "leaves", row, LeaveState.of(row), changed)
    return show(unit, row)


async def _check_many(unit: Unit, proposals: Sequence[Proposal[Leave]]) -> list[list[FieldError]]:
    own = [order_faults(proposal.values) for proposal in proposals]
    return joined(
        own,
        await unknown(unit, check_staff, proposals, "person_id"),
    )


SETS = Sets(Leave, SERIES, PeriodOverlaps, lambda unit: alone(unit, Leave), _check_many, _announced)

"""A staff assignment as it is read: with what the standards call it, and where a person adds up to more than one."""

from collections.abc import Sequence

from services.districts.staff_assignments import queries, rules
from services.districts.staff_assignments.models import StaffAssignment
from services.districts.staff_assignments.schemas import StaffAssignmentRead, StaffWarning
from shared.units import Unit


async def read_one(unit: Unit, row: StaffAssignment) -> StaffAssignmentRead:
    await unit.session.flush()
    return (await read_all(unit, [row]))[0]


async def read_all(unit: Unit, rows: Sequence[StaffAssignment]) -> list[StaffAssignmentRead]:
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

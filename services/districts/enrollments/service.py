from uuid import UUID

from sqlmodel import col

from services.districts.changing import correct, withdraw
from services.districts.enrollments.models import Enrollment
from services.districts.enrollments.queries import visible_to
from services.districts.enrollments.schemas import EnrollmentPatch
from shared.errors import FieldError, Invalid
from shared.units import Unit
from shared.writes import load


async def get_enrollment(unit: Unit, enrollment_id: UUID, *, lock: bool = False) -> Enrollment:
    return await load(unit, visible_to(unit.who).where(col(Enrollment.id) == enrollment_id), lock=lock)


async def patch_enrollment(unit: Unit, enrollment_id: UUID, patch: EnrollmentPatch) -> Enrollment:
    row = await get_enrollment(unit, enrollment_id, lock=True)
    values = row.model_dump() | patch.model_dump(exclude_unset=True)
    if values["begin_date"] and values["end_date"] and values["end_date"] < values["begin_date"]:
        raise Invalid(errors=[FieldError("#/end_date", "order", "must not lie before begin_date")])
    return await correct(unit, row, patch, event="enrollment.changed")


async def archive_enrollment(unit: Unit, enrollment_id: UUID) -> Enrollment:
    return await withdraw(unit, await get_enrollment(unit, enrollment_id, lock=True), event="enrollment.changed")

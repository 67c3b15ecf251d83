from uuid import UUID

from sqlmodel import col

from services.districts.changing import correct, withdraw
from services.districts.courses.models import Course
from services.districts.courses.queries import visible_to
from services.districts.courses.schemas import CoursePatch
from shared.units import Unit
from shared.writes import load


async def get_course(unit: Unit, course_id: UUID, *, lock: bool = False) -> Course:
    return await load(unit, visible_to(unit.who).where(col(Course.id) == course_id), lock=lock)


async def patch_course(unit: Unit, course_id: UUID, patch: CoursePatch) -> Course:
    row = await get_course(unit, course_id, lock=True)
    return await correct(unit, row, patch, event="course.changed")


async def archive_course(unit: Unit, course_id: UUID) -> Course:
    return await withdraw(unit, await get_course(unit, course_id, lock=True), event="course.changed")

from uuid import UUID

from sqlmodel import col

from services.districts.changing import correct, withdraw
from services.districts.classes.models import Class
from services.districts.classes.queries import visible_to
from services.districts.classes.schemas import ClassPatch
from shared.units import Unit
from shared.writes import load


async def get_class(unit: Unit, class_id: UUID, *, lock: bool = False) -> Class:
    return await load(unit, visible_to(unit.who).where(col(Class.id) == class_id), lock=lock)


async def patch_class(unit: Unit, class_id: UUID, patch: ClassPatch) -> Class:
    row = await get_class(unit, class_id, lock=True)
    return await correct(unit, row, patch, event="class.changed")


async def archive_class(unit: Unit, class_id: UUID) -> Class:
    return await withdraw(unit, await get_class(unit, class_id, lock=True), event="class.changed")

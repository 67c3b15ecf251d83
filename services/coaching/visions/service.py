from uuid import UUID

from sqlmodel import col

from services.coaching.leading import must_lead
from services.coaching.references import check_org
from services.coaching.visions.models import Vision
from services.coaching.visions.queries import visible_to
from services.coaching.visions.schemas import VisionPatch, VisionWrite
from shared.contracts.coaching import VisionState
from shared.units import Unit
from shared.writes import announce, archive_row, change_row, load, put_row, repeated, show, stored_row


async def put_vision(unit: Unit, vision_id: UUID, body: VisionWrite) -> Vision:
    values = body.model_dump()
    stored = await stored_row(unit, Vision, visible_to(unit.who), vision_id)
    if done := repeated(unit, stored, values):
        return done
    if stored is not None:
        must_lead(unit, stored.org_id)
    await _check_org(unit, body.org_id)
    row, changed = await put_row(unit, Vision, vision_id, stored, values)
    return _announced(unit, row, changed)


async def get_vision(unit: Unit, vision_id: UUID, *, lock: bool = False) -> Vision:
    return await load(unit, visible_to(unit.who).where(col(Vision.id) == vision_id), lock=lock)


async def patch_vision(unit: Unit, vision_id: UUID, patch: VisionPatch) -> Vision:
    row = await get_vision(unit, vision_id, lock=True)
    must_lead(unit, row.org_id)
    values = patch.model_dump(exclude_unset=True)
    if "org_id" in values:
        await _check_org(unit, patch.org_id)
    return _announced(unit, row, await change_row(unit, row, values))


async def archive_vision(unit: Unit, vision_id: UUID) -> Vision:
    row = await get_vision(unit, vision_id, lock=True)
    must_lead(unit, row.org_id)
    return _announced(unit, row, archive_row(unit, row))


async def _check_org(unit: Unit, org_id: UUID) -> None:
    await check_org(unit, org_id)
    must_lead(unit, org_id)


def _announced(unit: Unit, row: Vision, changed: tuple[str, ...]) -> Vision:
    announce(unit, "vision.changed", "visions", row, VisionState.of(row), changed)
    return show(unit, row)

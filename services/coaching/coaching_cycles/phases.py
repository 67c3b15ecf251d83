"""Cycle models: the verbs of the ways of coaching that a district uses."""

from uuid import UUID

from sqlmodel import col

from services.coaching.coaching_cycles.models import CycleModel
from services.coaching.coaching_cycles.queries import visible_models
from services.coaching.coaching_cycles.schemas import CycleModelWrite
from shared.errors import Forbidden
from shared.feed.events import Event
from shared.units import Unit, emit
from shared.writes import load, put_row


async def put_model(unit: Unit, model_id: UUID, body: CycleModelWrite) -> CycleModel:
    if unit.who.person is not None and not unit.who.person.led_orgs:
        raise Forbidden("only a leader may change how a district coaches")
    row, changed, _ = await put_row(unit, CycleModel, model_id, body.model_dump(mode="json"))
    if changed:
        emit(unit, Event("cycle_model.changed", "cycle-models", row.id, {"name": row.name}, changed))
    return row


async def get_model(unit: Unit, model_id: UUID) -> CycleModel:
    return await load(unit, visible_models(unit.who).where(col(CycleModel.id) == model_id))

"""Cycle models: the verbs of the ways of coaching that a district uses."""

from uuid import UUID

from sqlmodel import col

from services.coaching.coaching_cycles.models import CycleModel
from services.coaching.coaching_cycles.queries import visible_models
from services.coaching.coaching_cycles.schemas import CycleModelWrite
from shared.errors import Forbidden
from shared.feed.events import Event
from shared.units import Unit, emit
from shared.writes import load, put_row, repeated, stored_row


async def put_model(unit: Unit, model_id: UUID, body: CycleModelWrite) -> CycleModel:
    values = body.model_dump(mode="json")
    stored = await stored_row(unit, CycleModel, visible_models(unit.who), model_id)
    if done := repeated(unit, stored, values):
        return done
    if unit.who.person is not None and not unit.who.person.led_orgs:
        raise Forbidden("only a leader may change how a district coaches")
    row, changed = await put_row(unit, CycleModel, model_id, stored, values)
    if changed:
        emit(unit, Event("cycle_model.changed", "cycle-models", row.id, {"name": row.name}, changed))
    return row


async def get_model(unit: Unit, model_id: UUID) -> CycleModel:
    return await load(unit, visible_models(unit.who).where(col(CycleModel.id) == model_id))

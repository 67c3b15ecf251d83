"""What the pair does in a cycle: sessions and action steps."""

from uuid import UUID

from sqlmodel import col

from services.coaching.coaching_cycles.models import ActionStep, CoachingSession
from services.coaching.coaching_cycles.queries import pairs_of, visible_sessions, visible_steps
from services.coaching.coaching_cycles.schemas import (
    ActionStepWrite,
    CoachingSessionRead,
    CoachingSessionWrite,
)
from services.coaching.coaching_cycles.service import dose_changed, mine, must_be_open
from shared.errors import FieldError, Invalid
from shared.feed.events import Event
from shared.units import Unit, emit
from shared.writes import load, put_row, repeated, stored_row


async def put_session(unit: Unit, session_id: UUID, body: CoachingSessionWrite) -> CoachingSession:
    cycle = await mine(unit, body.cycle_id)
    values = body.model_dump() | {"type": body.type.value}
    stored = await stored_row(unit, CoachingSession, visible_sessions(unit.who), session_id)
    if done := repeated(unit, stored, values):
        return done
    must_be_open(cycle)
    _must_stay(stored, body.cycle_id)
    if body.held_at > unit.now:
        raise Invalid(errors=[FieldError("#/held_at", "future", "a session is recorded once it was held")])
    row, changed = await put_row(unit, CoachingSession, session_id, stored, values)
    if changed:
        await dose_changed(unit, cycle)
    return row


async def get_session(unit: Unit, session_id: UUID) -> CoachingSession:
    return await load(unit, visible_sessions(unit.who).where(col(CoachingSession.id) == session_id))


async def read_sessions(unit: Unit, rows: list[CoachingSession]) -> list[CoachingSessionRead]:
    """Leave the notes out for everybody but the pair."""
    pairs = await pairs_of(unit, rows)
    return [
        CoachingSessionRead.model_validate(row.model_dump() | ({} if row.cycle_id in pairs else {"notes": None}))
        for row in rows
    ]


async def put_step(unit: Unit, step_id: UUID, body: ActionStepWrite) -> ActionStep:
    cycle = await mine(unit, body.cycle_id)
    values = body.model_dump()
    stored = await stored_row(unit, ActionStep, visible_steps(unit.who), step_id)
    if done := repeated(unit, stored, values):
        return done
    must_be_open(cycle)
    _must_stay(stored, body.cycle_id)
    row, changed = await put_row(unit, ActionStep, step_id, stored, values)
    if changed:
        state = {"cycle_id": row.cycle_id, "due_date": row.due_date, "is_met": row.is_met}
        emit(unit, Event("action_step.changed", "action-steps", row.id, state, changed))
    return row


async def get_step(unit: Unit, step_id: UUID) -> ActionStep:
    return await load(unit, visible_steps(unit.who).where(col(ActionStep.id) == step_id))


def _must_stay(stored: CoachingSession | ActionStep | None, cycle_id: UUID) -> None:
    if stored is not None and stored.cycle_id != cycle_id:
        raise Invalid(errors=[FieldError("#/cycle_id", "fixed", "it stays with its cycle")])

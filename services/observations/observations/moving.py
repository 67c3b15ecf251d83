"""The moves of an observation's life, one by one, as its actions make them (rules.py has the table)."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.observations.observation_policies.known import policy_of
from services.observations.observation_policies.rules import due_at
from services.observations.observations import rules, timeline
from services.observations.observations.access import check_mover, check_recording, check_taking, is_judged
from services.observations.observations.models import Observation
from services.observations.observations.recording import look_up
from services.observations.observations.replacing import change, evidence_of, unblind
from services.observations.observations.rules import PAST, Move, State
from services.observations.observations.service import get
from services.observations.reports.service import freeze_row
from services.observations.settings import ObservationsSettings
from services.observations.visits.service import hand_over
from shared.access.copies import load_person
from shared.access.judging import judged_on
from shared.errors import FieldError, Invalid
from shared.routing import moment
from shared.units import Unit
from shared.writes import check_version, show


async def move(
    unit: Unit,
    settings: ObservationsSettings,
    observation_id: UUID,
    step: Move,
    at: datetime | None = None,
    **more: Any,
) -> Observation:
    """Make a move. `more` are columns that it sets besides its times."""
    row = await get(unit, observation_id, lock=True)
    check_mover(unit.who, row, step)
    before = timeline.progress_of(row)
    if rules.is_done(before, step):
        return show(unit, row)
    policy = await policy_of(unit.connection, unit.district_id, settings, [row.school_id], anew=True)
    after = rules.advance(
        before, step, moment(unit, at, after=timeline.happened(before)), unread_for=policy.read_within
    )
    timeline.guard(row, step, before, has_items=timeline.is_empty(row) and bool(await evidence_of(unit, row.id)))
    if is_judged(row, step):
        check_recording(await judged_on(unit, after.observed_at), row)
    check_version(unit, row.version)
    values = {name: getattr(after, name) for name in timeline.TIMES} | more | {"state": after.state.value}
    if at is not None:
        values["source"] = "backfill"
    if step is Move.START:
        values["feedback_due_at"] = due_at(policy, after, row.school_id)
        if refusal := (await look_up(unit, row, values)).refusal():
            raise refusal
    change(unit, row, values, PAST[step])
    if after.state is State.LOCKED and before.state is not State.LOCKED:
        await freeze_row(unit, row)
    await unblind(unit, row)
    return show(unit, row)


async def confer(
    unit: Unit, settings: ObservationsSettings, observation_id: UUID, step: Move, at: datetime | None, notes: str | None
) -> Observation:
    """Hold one of the two conferences."""
    row = await get(unit, observation_id)
    held = {step.value.replace("-", "_"): notes} if notes else {}
    return await move(unit, settings, observation_id, step, at, conferences=(row.conferences or {}) | held or None)


async def ask_unlock(unit: Unit, settings: ObservationsSettings, observation_id: UUID, reason: str) -> Observation:
    row = await get(unit, observation_id)
    side = rules.Side.OBSERVED if unit.who.acts_as(row.teacher_id) else rules.Side.OBSERVER
    asked: dict[str, Any] = {"unlock_asked_by": side.value, "unlock_asked_at": unit.now, "reason": reason}
    return await move(unit, settings, observation_id, Move.ASK_UNLOCK, **asked)


async def settle_unlock(unit: Unit, settings: ObservationsSettings, observation_id: UUID, step: Move) -> Observation:
    """Agree to what the other side asked, or refuse it, or take back what one asked oneself."""
    return await move(unit, settings, observation_id, step, unlock_asked_by=None, unlock_asked_at=None)


async def reassign(unit: Unit, settings: ObservationsSettings, observation_id: UUID, observer_id: UUID) -> Observation:
    """Hand it to another observer, who must be one that could have recorded it, with all that was seen so far."""
    row = await get(unit, observation_id, lock=True)
    person = await load_person(unit.connection, unit.schema, unit.district_id, observer_id)
    if person is None:
        raise Invalid(errors=[FieldError("#/observer_id", "unknown", "is nobody who is active in this district")])
    check_recording(replace(unit.who, person=person), row)
    check_taking(unit.who, row, person)
    if not person.is_one_of(row.observer_id):
        await hand_over(unit, row, person.id)
    return await move(unit, settings, observation_id, Move.REASSIGN, observer_id=person.id)

"""Changing what is stored by saying the whole of it again (PUT), a part of it (PATCH), or an item of a batch."""

from collections.abc import Callable
from dataclasses import replace as replace_
from datetime import timedelta
from typing import Any

import orjson

from services.observations.observations import content, rules, timeline
from services.observations.observations.access import check_mover, observer_of
from services.observations.observations.errors import ObservationLocked
from services.observations.observations.models import Observation
from services.observations.observations.recording import check_instrument, columns_of, look_up
from services.observations.observations.rendering import state_of
from services.observations.observations.rules import PAST, State
from services.observations.observations.schemas import ObservationWrite
from services.observations.settings import ObservationsSettings
from shared.access.judging import judged_on
from shared.errors import FieldError, Invalid
from shared.units import Unit
from shared.writes import announce, changes, touch

CheckVersion = Callable[[int], None]
_FIXED = ("purpose", "teacher_id", "observer_id")
_PLACE = frozenset({"school_id", "observed_at", "scheduled_at", "framework_version_id"})
_JUDGED = frozenset({"school_id", "type", "observed_at"})
# What may still be written after the submission: the feedback, until it is shared.
_LATE = frozenset({"feedback", "state", "shared_at", "read_at", "responded_at", "closed_at", "response", "source"})
_NO_COLUMNS = frozenset({"id", "base_version", "state", "observer_id"})


def writable(row: Observation) -> ObservationWrite:
    """Give what is stored as its observer would write it."""
    if row.state not in rules.LINE:
        raise ObservationLocked(state=row.state, possible=rules.moves_of(timeline.progress_of(row)))
    names = ObservationWrite.model_fields
    return ObservationWrite.model_validate({name: getattr(row, name) for name in names})


def says_the_same(row: Observation, body: ObservationWrite) -> bool:
    """Say whether all that the body says is stored already: an upload that comes twice, or late, is done.

    Also when it was cancelled or voided since: that took back nothing of what was recorded.
    """
    if not rules.reached(rules.stood(timeline.progress_of(row)), State(body.state)):
        return False
    stored = {name: getattr(row, name) for name in body.model_fields_set - _NO_COLUMNS}
    said = columns_of(body, timeline.progress_of(row)) | {n: getattr(body, n) for n in timeline.TIMES}
    said["ended_at"] = body.ended_at
    same_observer = body.observer_id in {None, row.observer_id}
    return same_observer and all(_plain(said[name]) == value for name, value in stored.items())


async def upload(
    unit: Unit, settings: ObservationsSettings, row: Observation, body: ObservationWrite, check: CheckVersion
) -> None:
    """Replace what the row says, unless it says all of that already; see `replace`."""
    check_mover(unit.who, row, None)
    if row.state in rules.OPEN or not says_the_same(row, body):
        await replace(unit, settings, row, body, check)


async def replace(
    unit: Unit, settings: ObservationsSettings, row: Observation, body: ObservationWrite, check: CheckVersion
) -> None:
    """Replace what the loaded, locked row says; `check` holds the version that the change was made from."""
    check_mover(unit.who, row, None)
    _check_fixed(row, body)
    before = timeline.progress_of(row)
    if row.state not in rules.LINE:
        raise ObservationLocked(state=row.state, possible=rules.moves_of(before))
    content.check_shape(body)
    unread_for = timedelta(days=settings.close_unread_after_days)
    owed = rules.owes_feedback(body.purpose, body.type)
    played = timeline.play(unit, body, replace_(before, owes_feedback=owed), unread_for=unread_for)
    values = {name: _plain(value) for name, value in columns_of(body, played.progress).items()}
    values["source"] = "backfill" if played.backfilled else row.source
    values["feedback_due_at"] = _due(row, played.progress, settings)
    changed = changes(row, values)
    if not changed:
        return
    if row.state not in rules.OPEN and (row.state != State.SUBMITTED or set(changed) - _LATE):
        raise ObservationLocked(state=row.state, possible=rules.moves_of(before))
    if _JUDGED & set(changed) and unit.who.person is not None:
        observer_of(await judged_on(unit, played.progress.observed_at), body)
    await check_instrument(unit, body)
    check(row.version)
    if _PLACE & set(changed) and (refusal := (await look_up(unit, row, values)).refusal()):
        raise refusal
    touch(unit, row, values)
    tell(unit, row, PAST[played.last] if played.last else "changed", changed)


def tell(unit: Unit, row: Observation, verb: str, changed: tuple[str, ...]) -> None:
    next_steps = len(row.feedback["next_steps"]) if row.feedback else 0
    announce(unit, f"observation.{verb}", "observations", row, state_of(row, next_steps), changed)


def _due(row: Observation, progress: rules.Progress, settings: ObservationsSettings) -> Any:
    """Keep the deadline that was promised; make one where the visit began or its beginning was corrected."""
    if not progress.owes_feedback or progress.observed_at is None:
        return None
    if row.feedback_due_at is not None and row.observed_at == progress.observed_at:
        return row.feedback_due_at
    return progress.observed_at + timedelta(hours=settings.feedback_due_hours)


def _check_fixed(row: Observation, body: ObservationWrite) -> None:
    faults = [
        FieldError(f"#/{name}", "fixed", "does not change once the observation is made")
        for name in _FIXED
        if getattr(body, name) not in {None, getattr(row, name)}
    ]
    if faults:
        raise Invalid(errors=faults)


def _plain(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value)) if isinstance(value, orjson.Fragment) else value

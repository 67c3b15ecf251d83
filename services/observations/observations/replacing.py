"""Changing what is stored by saying the whole of it again (PUT), a part of it (PATCH), or an item of a batch."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import orjson

from services.observations.evidence_items.queries import shared_by
from services.observations.history.models import ObservationChange
from services.observations.history.rules import plain
from services.observations.observation_policies.rules import Policy, due_at
from services.observations.observations import content, rules, timeline
from services.observations.observations.access import check_mover, observer_of
from services.observations.observations.errors import NotTheTeacher, ObservationLocked
from services.observations.observations.models import Observation
from services.observations.observations.recording import check_instrument, columns_of, look_up
from services.observations.observations.rendering import state_of
from services.observations.observations.rules import PAST, Move, State
from services.observations.observations.schemas import ObservationWrite
from services.observations.reports.service import freeze_row
from services.observations.visits.queries import open_if_all_submitted
from shared.access.judging import judged_on
from shared.access.principals import Principal
from shared.errors import FieldError, Invalid
from shared.units import Unit
from shared.writes import announce, changes, touch

CheckVersion = Callable[[int], None]
_FIXED = ("purpose", "type", "subject", "lane", "visit_id", "rating_kind", "teacher_id", "observer_id")
_JUDGED = frozenset({"school_id", "observed_at"})
_PLACE = frozenset({"school_id", "observed_at", "scheduled_at", "framework_version_id"})
# What may still be written after the submission: the feedback, until it is shared.
_LATE = frozenset(
    {"feedback", "state", "shared_at", "read_at", "responded_at", "followed_up_at", "locked_at", "response",
     "response_kind", "post_conference_at", "source"}
)  # fmt: skip
_NO_COLUMNS = frozenset({"id", "base_version", "device", "revision", "state", "observer_id"})


def writable(row: Observation) -> ObservationWrite:
    """Give what is stored as its observer would write it."""
    progress = timeline.progress_of(row)
    if progress.state in rules.ENDED:
        raise ObservationLocked(state=row.state, possible=rules.moves_of(progress))
    stored = {name: getattr(row, name) for name in ObservationWrite.model_fields}
    return ObservationWrite.model_validate(stored | {"state": rules.stood(progress).value})


def says_the_same(row: Observation, body: ObservationWrite) -> bool:
    """Say whether all that the body says is stored already: an upload that comes twice, or late, is done.

    Also when it was cancelled or voided since: that took back nothing of what was recorded.
    """
    if not rules.reached(rules.stood(timeline.progress_of(row)), State(body.state)):
        return False
    stored = {name: getattr(row, name) for name in body.model_fields_set - _NO_COLUMNS}
    if body.lane is None:
        stored.pop("lane", None)  # by its purpose
    if body.response is None:
        stored.pop("response", None)  # the observed's own
    said = columns_of(body, timeline.progress_of(row)) | {n: getattr(body, n) for n in timeline.TIMES}
    said["ended_at"] = body.ended_at
    same_observer = body.observer_id in {None, row.observer_id}
    return same_observer and all(_plain(said[name]) == value for name, value in stored.items())


async def upload(unit: Unit, policy: Policy, row: Observation, body: ObservationWrite, check: CheckVersion) -> None:
    """Replace what the row says, unless it says all of that already; see `replace`."""
    check_mover(unit.who, row, None)
    if rules.is_writable(timeline.progress_of(row)) or not says_the_same(row, body):
        await replace(unit, policy, row, body, check)


async def replace(unit: Unit, policy: Policy, row: Observation, body: ObservationWrite, check: CheckVersion) -> None:
    """Replace what the loaded, locked row says; `check` holds the version that the change was made from."""
    check_mover(unit.who, row, None)
    _check_fixed(row, body)
    body = _with_answer(unit.who, row, body)
    before = timeline.progress_of(row)
    if before.state in rules.ENDED:
        raise ObservationLocked(state=row.state, possible=rules.moves_of(before))
    items = await evidence_of(unit, row.id) if content.cites_items(body) or timeline.is_empty(body) else set()
    content.check_shape(body, items)
    if before.state is State.SHARED and rules.is_writable(before):  # its reader keeps what it was shared with
        timeline.guard(body, Move.SHARE, before._replace(state=State.IN_PROGRESS), has_items=bool(items))
    played = timeline.play(unit, body, before, unread_for=policy.read_within, has_items=bool(items))
    values = {name: _plain(value) for name, value in columns_of(body, played.progress).items()}
    if body.response is not None and body.response == row.response:
        values["response_kind"] = row.response_kind
    values["source"] = "backfill" if played.backfilled else row.source
    values["announced"] = row.announced if _is_told(row) else body.announced
    values["feedback_due_at"] = _due(row, played.progress, policy, body.school_id)
    changed = changes(row, values)
    if not changed:
        return
    if not rules.is_writable(before) and (before.state is not State.SUBMITTED or set(changed) - _LATE):
        raise ObservationLocked(state=row.state, possible=rules.moves_of(before))
    if _JUDGED & set(changed) and unit.who.person is not None:
        observer_of(await judged_on(unit, played.progress.observed_at), body)
    await check_instrument(unit, body)
    check(row.version)
    if _PLACE & set(changed) and (refusal := (await look_up(unit, row, values)).refusal()):
        raise refusal
    change(unit, row, values, PAST[played.last] if played.last else "changed")
    if row.state == State.LOCKED and played.last is not None:
        await freeze_row(unit, row)
    await unblind(unit, row)


async def unblind(unit: Unit, row: Observation) -> None:
    """Open the visit to its observers, if this was the last of them to submit."""
    if row.visit_id is not None and row.blind:
        await unit.session.flush()
        await open_if_all_submitted(unit.connection, unit.district_id, row.visit_id, unit.now)


def change(unit: Unit, row: Observation, values: Mapping[str, Any], verb: str) -> None:
    """Write a change of a loaded, locked row, with what stood there before, and tell of it."""
    before = plain({name: getattr(row, name) for name in changes(row, values)})
    changed = touch(unit, row, values)
    if changed:
        unit.session.add(
            ObservationChange(
                district_id=unit.district_id,
                observation_id=row.id,
                version=row.version,
                at=unit.now,
                what=verb,
                person_id=unit.who.person_id,
                client_id=unit.who.client_id,
                before=before,
            )
        )
    tell(unit, row, verb, changed)


def tell(unit: Unit, row: Observation, verb: str, changed: tuple[str, ...]) -> None:
    next_steps = len(row.feedback["next_steps"]) if row.feedback else 0
    announce(unit, f"observation.{verb}", "observations", row, state_of(row, next_steps), changed)


async def evidence_of(unit: Unit, observation_id: UUID) -> set[UUID]:
    """Give the shared evidence beside the script. It stays so: whoever changes it waits for the observation's row."""
    return {item["id"] for item in await shared_by(unit.connection, unit.district_id, [observation_id])}


def _due(row: Observation, progress: rules.Progress, policy: Policy, school_id: UUID) -> Any:
    """Keep the deadline that was promised; make one where the visit began or its beginning was corrected."""
    if not progress.owes_feedback or progress.observed_at is None:
        return None
    if row.feedback_due_at is not None and row.observed_at == progress.observed_at:
        return row.feedback_due_at
    return due_at(policy, progress, school_id)


def _check_fixed(row: Observation, body: ObservationWrite) -> None:
    faults = [
        FieldError(f"#/{name}", "fixed", "does not change once the observation is made")
        for name in _FIXED
        if getattr(body, name) not in {None, getattr(row, name)}
    ]
    if _is_told(row) and body.announced not in {None, row.announced}:
        faults.append(FieldError("#/announced", "fixed", "is said of an evaluation before it begins"))
    if faults:
        raise Invalid(errors=faults)


def _with_answer(who: Principal, row: Observation, body: ObservationWrite) -> ObservationWrite:
    """Keep what the observed said: an observer who leaves it out takes nothing back, and nobody says it for her."""
    if body.response is None:
        body = body.model_copy(update={"response": row.response})
    said = {name: getattr(body, name) for name in ("response", "read_at", "responded_at")}
    is_new = any(value not in {None, getattr(row, name)} for name, value in said.items())
    if is_new and who.person is not None and not who.person.is_one_of(row.teacher_id):
        raise NotTheTeacher("an observer does not answer for the teacher")
    return body


def _is_told(row: Observation) -> bool:
    """Say whether it is settled whether the teacher knew: an evaluation's evidence hangs on that."""
    return row.purpose == rules.Purpose.EVALUATION and row.observed_at is not None


def _plain(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value)) if isinstance(value, orjson.Fragment) else value

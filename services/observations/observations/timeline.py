"""From what a body says to the moves that lead there.

A tablet that was offline sends a whole observation in one body. That is nothing but its moves in quick succession: each
goes through the same rules as the action of the same name, at the time given (with `backfill`) or at the server's.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.observations.observations import rules
from services.observations.observations.errors import NothingRecorded
from services.observations.observations.models import Observation
from services.observations.observations.rules import Move, ObservationType, Progress, Purpose, State
from services.observations.observations.schemas import ObservationWrite
from shared.errors import FieldError, Invalid
from shared.routing import moment
from shared.units import Unit

LEEWAY = timedelta(minutes=5)
_TIMES = {
    Move.START: "observed_at", Move.SUBMIT: "submitted_at", Move.SHARE: "shared_at", Move.READ: "read_at",
    Move.RESPOND: "responded_at", Move.CLOSE: "closed_at",
}  # fmt: skip
TIMES = tuple(_TIMES.values())


@dataclass(frozen=True, slots=True)
class Played:
    progress: Progress
    last: Move | None
    backfilled: bool


def progress_of(row: Observation) -> Progress:
    return Progress(
        state=State(row.state),
        observed_at=row.observed_at,
        ended_at=row.ended_at,
        submitted_at=row.submitted_at,
        shared_at=row.shared_at,
        read_at=row.read_at,
        responded_at=row.responded_at,
        closed_at=row.closed_at,
        owes_feedback=rules.owes_feedback(Purpose(row.purpose), ObservationType(row.type)),
    )


def play(unit: Unit, body: ObservationWrite, before: Progress, *, unread_for: timedelta) -> Played:
    """Bring `before` to where the body says, move by move."""
    moves = _moves_to(body, before)
    _refuse_early_times(body, before, moves)
    progress, backfilled, last = before, False, None
    for name in TIMES:
        given = getattr(body, name)
        if given is not None and getattr(progress, name) not in {None, given}:
            progress = replace(progress, **{name: moment(unit, given, name=name)})
            backfilled = True
    for move in moves:
        given = _given(body, move)
        guard(body, move)
        at = moment(unit, given, name=_TIMES[move])
        progress = rules.advance(progress, move, at, unread_for=unread_for)
        if move is Move.START:
            progress = _ended(unit, progress, body.ended_at)
        backfilled = backfilled or given is not None
        last = move
    if body.ended_at != progress.ended_at and progress.state in rules.OPEN:
        progress = _ended(unit, progress, body.ended_at)
    rules.check_order(progress)
    return Played(progress, last, backfilled)


def guard(content: ObservationWrite | Observation, move: Move) -> None:
    """Refuse a move that what was recorded does not bear."""
    if move is Move.SUBMIT and not (content.script or content.scores or content.look_fors):
        raise NothingRecorded
    if move is Move.SHARE:
        feedback = content.feedback
        if isinstance(feedback, dict):
            rules.check_feedback(len(feedback["evidence"]), feedback["body"])
        else:
            rules.check_feedback(len(feedback.evidence) if feedback else 0, feedback.body if feedback else None)


def _moves_to(body: ObservationWrite, before: Progress) -> list[Move]:
    target = State(body.state)
    if rules.reached(before.state, target):
        return []
    wanted = [Move.START, Move.SUBMIT]
    if before.owes_feedback or body.feedback is not None or body.shared_at is not None or target is State.SHARED:
        wanted.append(Move.SHARE)
    if body.read_at is not None:
        wanted.append(Move.READ)
    if body.responded_at is not None or body.response is not None:
        wanted.append(Move.RESPOND)
    wanted.append(Move.CLOSE)
    done = rules.LINE.index(before.state)
    ends = {State.SCHEDULED: 0, State.IN_PROGRESS: 1, State.SUBMITTED: 2, State.CLOSED: len(wanted)}
    end = ends.get(target, len(wanted) - 1)
    return wanted[min(done, len(wanted) - 1) : end]


def _given(body: ObservationWrite, move: Move) -> datetime | None:
    given: datetime | None = getattr(body, _TIMES[move])
    if move is Move.SUBMIT and given is None:
        return body.shared_at  # it was submitted at the latest when it was shared
    return given


def _refuse_early_times(body: ObservationWrite, before: Progress, moves: list[Move]) -> None:
    """Refuse the time of something that by the body's own state has not happened."""
    happened = {_TIMES[move] for move in moves} | {name for name in TIMES if getattr(before, name) is not None}
    faults = [
        FieldError(f"#/{name}", "state", f"has a time, but state says {body.state}")
        for name in TIMES
        if getattr(body, name) is not None and name not in happened
    ]
    if body.ended_at is not None and "observed_at" not in happened:
        faults.append(FieldError("#/ended_at", "state", f"has a time, but state says {body.state}"))
    if body.response is not None and "responded_at" not in happened:
        faults.append(FieldError("#/response", "state", f"is there, but state says {body.state}"))
    if faults:
        raise Invalid(errors=faults)


def _ended(unit: Unit, progress: Progress, ended_at: datetime | None) -> Progress:
    """Take the observer's word for the end: nothing is counted from it."""
    if ended_at is not None and ended_at > unit.now + LEEWAY:
        raise Invalid(errors=[FieldError("#/ended_at", "future", "must not lie in the future")])
    return replace(progress, ended_at=ended_at)

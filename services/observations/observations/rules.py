"""The life of an observation. Pure: who asks and what time it is are handed in.

    scheduled -> in_progress -> submitted -> shared -> closed
    scheduled, in_progress -> cancelled          submitted, shared, closed -> voided

Read and respond are the teacher's moves once it is shared; they leave the state as it is. A close needs a share and a
read, or that the teacher had time enough; where no feedback is owed, a submitted one may be closed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.observations.observations.errors import (
    ClosedTooEarly,
    FeedbackWithoutEvidence,
    MoveRefused,
    TimesOutOfOrder,
)
from shared.access.purposes import Purpose as Purpose  # noqa: PLC0414 - a word of the policy and of these rules


class ObservationType(StrEnum):
    """A learning walk is not among them: it looks at no single person (see /v1/learning-walks)."""

    WALKTHROUGH = "walkthrough"
    INFORMAL = "informal"
    FORMAL = "formal"
    PEER = "peer"
    SELF = "self"
    VIDEO = "video"
    CO_OBSERVATION = "co_observation"


class State(StrEnum):
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    SHARED = "shared"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    VOIDED = "voided"


class Move(StrEnum):
    START = "start"
    SUBMIT = "submit"
    SHARE = "share"
    READ = "read"
    RESPOND = "respond"
    CLOSE = "close"
    CANCEL = "cancel"
    VOID = "void"


LINE = (State.SCHEDULED, State.IN_PROGRESS, State.SUBMITTED, State.SHARED, State.CLOSED)
OPEN = frozenset({State.SCHEDULED, State.IN_PROGRESS})
TEACHERS = frozenset({Move.READ, Move.RESPOND})
OWED = frozenset({Purpose.COACHING, Purpose.EVALUATION})
PAST: Mapping[Move, str] = {
    Move.START: "started", Move.SUBMIT: "submitted", Move.SHARE: "shared", Move.READ: "read",
    Move.RESPOND: "responded", Move.CLOSE: "closed", Move.CANCEL: "cancelled", Move.VOID: "voided",
}  # fmt: skip
_FROM: Mapping[Move, frozenset[State]] = {
    Move.START: frozenset({State.SCHEDULED}),
    Move.SUBMIT: frozenset({State.IN_PROGRESS}),
    Move.SHARE: frozenset({State.SUBMITTED}),
    # The teacher's voice is not cut off by the observer's closing; what was never shared is not hers.
    Move.READ: frozenset({State.SHARED, State.CLOSED}),
    Move.RESPOND: frozenset({State.SHARED, State.CLOSED}),
    Move.CLOSE: frozenset({State.SHARED}),
    Move.CANCEL: OPEN,
    Move.VOID: frozenset({State.SUBMITTED, State.SHARED, State.CLOSED}),
}
_TO: Mapping[Move, State] = {
    Move.START: State.IN_PROGRESS,
    Move.SUBMIT: State.SUBMITTED,
    Move.SHARE: State.SHARED,
    Move.CLOSE: State.CLOSED,
    Move.CANCEL: State.CANCELLED,
    Move.VOID: State.VOIDED,
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an observation is, and when it got there."""

    state: State
    observed_at: datetime | None = None
    ended_at: datetime | None = None
    submitted_at: datetime | None = None
    shared_at: datetime | None = None
    read_at: datetime | None = None
    responded_at: datetime | None = None
    closed_at: datetime | None = None
    owes_feedback: bool = True


def owes_feedback(purpose: Purpose, kind: ObservationType) -> bool:
    """Say whether the teacher may expect feedback: not from a walk or from research, and nobody owes it to herself."""
    return purpose in OWED and kind is not ObservationType.SELF


def fits(purpose: Purpose, kind: ObservationType) -> bool:
    """A peer's or one's own view never becomes part of an evaluation."""
    return purpose is not Purpose.EVALUATION or kind not in {ObservationType.PEER, ObservationType.SELF}


def moves_of(progress: Progress) -> list[str]:
    """Name the moves that the state allows, whoever asks."""
    return [move.value for move in Move if _allows(progress, move)]


def _allows(progress: Progress, move: Move) -> bool:
    if move is Move.CLOSE and progress.state is State.SUBMITTED:
        return not progress.owes_feedback
    if move in TEACHERS and progress.shared_at is None:
        return False
    if move is Move.READ and progress.read_at is not None:
        return False
    if move is Move.RESPOND and progress.responded_at is not None:
        return False
    return progress.state in _FROM[move]


def is_done(progress: Progress, move: Move) -> bool:
    """Reading twice is reading once, so a repeated read is no refusal."""
    return move is Move.READ and progress.read_at is not None


def advance(progress: Progress, move: Move, at: datetime, *, unread_for: timedelta) -> Progress:
    """Make a move at a moment, or say why not. `unread_for`: how long a teacher has to read before it may be closed."""
    if not _allows(progress, move):
        raise MoveRefused(state=progress.state, move=move, possible=moves_of(progress))
    after = replace(_stamped(progress, move, at), state=_TO.get(move, progress.state))
    check_order(after)
    if move is Move.CLOSE and progress.shared_at is not None and progress.read_at is None:
        from_then = progress.shared_at + unread_for
        if at < from_then:
            raise ClosedTooEarly(possible_from=from_then)
    return after


def _stamped(progress: Progress, move: Move, at: datetime) -> Progress:
    if move is Move.START:
        return replace(progress, observed_at=at)
    if move is Move.SUBMIT:
        return replace(progress, submitted_at=at)
    if move is Move.SHARE:
        return replace(progress, shared_at=at)
    if move is Move.READ:
        return replace(progress, read_at=at)
    if move is Move.RESPOND:
        return replace(progress, responded_at=at, read_at=progress.read_at or at)
    if move is Move.CLOSE:
        return replace(progress, closed_at=at)
    return progress


def check_order(progress: Progress) -> None:
    """Nothing happens before what it follows from. When the server learned of it (`submitted_at`) is beside that."""
    pairs = (
        ("ended_at", progress.observed_at, progress.ended_at),
        ("submitted_at", progress.observed_at, progress.submitted_at),
        ("shared_at", progress.observed_at, progress.shared_at),
        ("read_at", progress.shared_at, progress.read_at),
        ("responded_at", progress.read_at, progress.responded_at),
        ("closed_at", progress.shared_at or progress.observed_at, progress.closed_at),
    )
    for name, earlier, later in pairs:
        if earlier is not None and later is not None and later < earlier:
            raise TimesOutOfOrder(name)


def check_feedback(evidence: int, body: str | None) -> None:
    """Feedback without a word, or without a line of the script that it stands on, is not shared."""
    if not body or evidence == 0:
        raise FeedbackWithoutEvidence


def stood(progress: Progress) -> State:
    """Give how far along the main line an observation is, or was when it was cancelled or voided."""
    if progress.state in LINE:
        return progress.state
    times = (progress.observed_at, progress.submitted_at, progress.shared_at, progress.closed_at)
    passed = [state for state, at in zip(LINE[1:], times, strict=True) if at is not None]
    return passed[-1] if passed else State.SCHEDULED


def reached(state: State, other: State) -> bool:
    """Say whether an observation on the main line is at `other` or beyond it."""
    return state in LINE and LINE.index(state) >= LINE.index(other)

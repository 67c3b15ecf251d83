"""The life of an observation, as one table. Pure: who asks and what time it is are handed in.

    formal            scheduled -> in_progress -> submitted -> shared -> locked       draft, review, viewed, locked
    simple            scheduled -> in_progress -> locked                              draft, locked
    creator_managed   scheduled -> in_progress -> shared                              draft, shared
    scheduled, in_progress -> cancelled; submitted, shared, locked, unlocked -> voided; locked -> unlocked -> locked

Which of the three modes a record has was its type's when it was made. STEPS says who may make which move, from where
and to where, and which times it sets. What a move needs beyond that (a read before the lock, a conference) is in
`_needs`; what the content must bear, in timeline.guard.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from services.observations.observations.errors import (
    ConferenceMissing,
    FeedbackWithoutEvidence,
    LockedTooEarly,
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


class Subject(StrEnum):
    """As what somebody is observed. Whoever leads or coaches others is a learner too."""

    TEACHER = "teacher"
    COACH = "coach"
    FACILITATOR = "facilitator"
    LEADER = "leader"


class Lane(StrEnum):
    """Whether a contact is there to support or to hold accountable: said when it is made, for good."""

    SUPPORT = "support"
    ACCOUNTABILITY = "accountability"


class RatingKind(StrEnum):
    """Only live ratings are somebody's visit: the others are made from it, or to train and check raters."""

    LIVE = "live"
    CONSENSUS = "consensus"
    MASTER = "master"
    CALIBRATION = "calibration"


class CompletionMode(StrEnum):
    FORMAL = "formal"
    SIMPLE = "simple"
    CREATOR_MANAGED = "creator_managed"


class State(StrEnum):
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    SHARED = "shared"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    CANCELLED = "cancelled"
    VOIDED = "voided"


class Move(StrEnum):
    PRE_CONFERENCE = "pre-conference"
    START = "start"
    SUBMIT = "submit"
    POST_CONFERENCE = "post-conference"
    SHARE = "share"
    READ = "read"
    RESPOND = "respond"
    FOLLOW_UP = "follow-up"
    LOCK = "lock"
    ASK_UNLOCK = "ask-unlock"
    REFUSE_UNLOCK = "refuse-unlock"
    UNLOCK = "unlock"
    REASSIGN = "reassign"
    CANCEL = "cancel"
    VOID = "void"


class Side(StrEnum):
    """Whose move it is. OTHER: of the side that did not ask for the unlocking."""

    OBSERVER = "observer"
    OBSERVED = "observed"
    EITHER = "either"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Step:
    move: Move
    modes: frozenset[CompletionMode]
    sources: frozenset[State]
    target: State | None = None  # None: the state stays
    side: Side = Side.OBSERVER
    stamps: tuple[str, ...] = ()


_ALL = frozenset(CompletionMode)
_FORMAL, _SIMPLE, _MANAGED = ({mode} for mode in CompletionMode)
_LOCKS = frozenset(_FORMAL | _SIMPLE)
OPEN = frozenset({State.SCHEDULED, State.IN_PROGRESS})
ENDED = frozenset({State.CANCELLED, State.VOIDED})
SEEN = frozenset({State.SHARED, State.LOCKED, State.UNLOCKED})
_IN, _SUBMITTED, _SHARED = ({state} for state in (State.IN_PROGRESS, State.SUBMITTED, State.SHARED))


def _step(
    move: Move, modes: frozenset[CompletionMode] | set[CompletionMode], sources: frozenset[State] | set[State],
    target: State | None = None, *, side: Side = Side.OBSERVER, stamps: tuple[str, ...] = (),
) -> Step:  # fmt: skip
    return Step(move, frozenset(modes), frozenset(sources), target, side, stamps)


STEPS: tuple[Step, ...] = (
    _step(Move.PRE_CONFERENCE, _ALL, {State.SCHEDULED}, stamps=("pre_conference_at",)),
    _step(Move.START, _ALL, {State.SCHEDULED}, State.IN_PROGRESS, stamps=("observed_at",)),
    _step(Move.SUBMIT, _FORMAL, _IN, State.SUBMITTED, stamps=("submitted_at",)),
    _step(Move.POST_CONFERENCE, _ALL, _IN | _SUBMITTED | _SHARED, stamps=("post_conference_at",)),
    _step(Move.SHARE, _FORMAL, _SUBMITTED, State.SHARED, stamps=("shared_at",)),
    _step(Move.SHARE, _MANAGED, _IN, State.SHARED, stamps=("submitted_at", "shared_at")),
    # The voice of the observed is not cut off by the lock; what was never shared is not theirs.
    _step(Move.READ, _ALL, SEEN, side=Side.OBSERVED, stamps=("read_at",)),
    _step(Move.RESPOND, _ALL, SEEN, side=Side.OBSERVED, stamps=("read_at", "responded_at")),
    _step(Move.FOLLOW_UP, _ALL, SEEN, stamps=("followed_up_at",)),
    _step(Move.LOCK, _FORMAL, _SHARED | _SUBMITTED, State.LOCKED, stamps=("locked_at",)),
    _step(Move.LOCK, _SIMPLE, _IN, State.LOCKED, stamps=("submitted_at", "shared_at", "locked_at")),
    _step(Move.LOCK, _LOCKS, {State.UNLOCKED}, State.LOCKED, stamps=("locked_at",)),
    _step(Move.ASK_UNLOCK, _LOCKS, {State.LOCKED}, side=Side.EITHER),
    _step(Move.REFUSE_UNLOCK, _LOCKS, {State.LOCKED}, side=Side.EITHER),
    _step(Move.UNLOCK, _LOCKS, {State.LOCKED}, State.UNLOCKED, side=Side.OTHER),
    _step(Move.REASSIGN, _ALL, OPEN | _SUBMITTED | {State.UNLOCKED}),
    _step(Move.CANCEL, _ALL, OPEN, State.CANCELLED),
    _step(Move.VOID, _ALL, _SUBMITTED | SEEN, State.VOIDED),
)
_BY: Mapping[tuple[CompletionMode, State, Move], Step] = {
    (mode, state, step.move): step for step in STEPS for mode in step.modes for state in step.sources
}
SIDES: Mapping[Move, Side] = {step.move: step.side for step in STEPS}
LINES: Mapping[CompletionMode, tuple[State, ...]] = {
    CompletionMode.FORMAL: (State.SCHEDULED, State.IN_PROGRESS, State.SUBMITTED, State.SHARED, State.LOCKED),
    CompletionMode.SIMPLE: (State.SCHEDULED, State.IN_PROGRESS, State.LOCKED),
    CompletionMode.CREATOR_MANAGED: (State.SCHEDULED, State.IN_PROGRESS, State.SHARED),
}
LINE = LINES[CompletionMode.FORMAL]
OWED = frozenset({Purpose.COACHING, Purpose.EVALUATION})
PAST: Mapping[Move, str] = {
    Move.PRE_CONFERENCE: "pre_conferenced", Move.START: "started", Move.SUBMIT: "submitted",
    Move.POST_CONFERENCE: "post_conferenced", Move.SHARE: "shared", Move.READ: "read", Move.RESPOND: "responded",
    Move.FOLLOW_UP: "followed_up", Move.LOCK: "locked", Move.ASK_UNLOCK: "unlock_asked",
    Move.REFUSE_UNLOCK: "unlock_refused", Move.UNLOCK: "unlocked", Move.REASSIGN: "reassigned",
    Move.CANCEL: "cancelled", Move.VOID: "voided",
}  # fmt: skip


class Progress(NamedTuple):
    """How far an observation is, and when it got there. A tuple: each move makes a new one, which costs a frozen
    dataclass of so many fields five times as much."""

    state: State
    completion: CompletionMode = CompletionMode.FORMAL
    needs_pre_conference: bool = False
    needs_post_conference: bool = False
    pre_conference_at: datetime | None = None
    observed_at: datetime | None = None
    ended_at: datetime | None = None
    submitted_at: datetime | None = None
    post_conference_at: datetime | None = None
    shared_at: datetime | None = None
    read_at: datetime | None = None
    responded_at: datetime | None = None
    followed_up_at: datetime | None = None
    locked_at: datetime | None = None
    unlock_asked_by: Side | None = None
    owes_feedback: bool = True


def owes_feedback(purpose: Purpose, kind: ObservationType, rating: RatingKind = RatingKind.LIVE) -> bool:
    """Say whether the teacher may expect feedback: not from a walk or from research, and nobody owes it to herself.

    What is rated after the visit, in consensus or to check raters, owes her nothing either.
    """
    return purpose in OWED and kind is not ObservationType.SELF and rating is RatingKind.LIVE


def fits(purpose: Purpose, kind: ObservationType) -> bool:
    """A peer's or one's own view never becomes part of an evaluation."""
    return purpose is not Purpose.EVALUATION or kind not in {ObservationType.PEER, ObservationType.SELF}


def lane_of(purpose: Purpose, given: Lane | None) -> Lane:
    return given or (Lane.ACCOUNTABILITY if purpose is Purpose.EVALUATION else Lane.SUPPORT)


def fits_lane(purpose: Purpose, lane: Lane) -> bool:
    """Coaching never holds accountable, and an evaluation always does; a walk or a study may be either."""
    if purpose is Purpose.COACHING:
        return lane is Lane.SUPPORT
    return purpose is not Purpose.EVALUATION or lane is Lane.ACCOUNTABILITY


def step_of(completion: CompletionMode, state: State, move: Move) -> Step | None:
    return _BY.get((completion, state, move))


def moves_of(progress: Progress) -> list[str]:
    """Name the moves that the state allows, whoever asks."""
    return [move.value for move in Move if _allows(progress, move)]


def _allows(progress: Progress, move: Move) -> bool:
    if step_of(progress.completion, progress.state, move) is None:
        return False
    if move is Move.LOCK and progress.state is State.SUBMITTED:
        return not progress.owes_feedback
    if move in {Move.PRE_CONFERENCE, Move.POST_CONFERENCE}:
        return getattr(progress, move.replace("-", "_") + "_at") is None
    if move in {Move.READ, Move.RESPOND, Move.FOLLOW_UP}:
        return _conversation_allows(progress, move)
    if move is Move.ASK_UNLOCK:
        return progress.unlock_asked_by is None
    if move in {Move.UNLOCK, Move.REFUSE_UNLOCK}:
        return progress.unlock_asked_by is not None
    return True


def _conversation_allows(progress: Progress, move: Move) -> bool:
    """Each once and in order: shared, read, responded; followed up once it was read."""
    if progress.shared_at is None:
        return False
    if move is Move.READ:
        return progress.read_at is None
    if move is Move.RESPOND:
        return progress.responded_at is None
    return progress.read_at is not None and progress.followed_up_at is None


def is_done(progress: Progress, move: Move) -> bool:
    """Reading twice is reading once, so a repeated read is no refusal."""
    return move is Move.READ and progress.read_at is not None


def advance(progress: Progress, move: Move, at: datetime, *, unread_for: timedelta) -> Progress:
    """Make a move at a moment, or say why not. `unread_for`: how long a teacher has to read before it may be locked."""
    step = step_of(progress.completion, progress.state, move)
    if step is None or not _allows(progress, move):
        raise MoveRefused(state=progress.state, move=move, possible=moves_of(progress))
    after = _stamped(progress, step, at)
    check_order(after)
    _needs(progress, step, at, unread_for)
    return after


def _needs(progress: Progress, step: Step, at: datetime, unread_for: timedelta) -> None:
    if step.move is Move.START and progress.needs_pre_conference and progress.pre_conference_at is None:
        raise ConferenceMissing(missing="pre-conference")
    if step.move is not Move.LOCK or progress.state is State.UNLOCKED:
        return  # who unlocked it did so together, and has read it
    if progress.needs_post_conference and progress.post_conference_at is None:
        raise ConferenceMissing(missing="post-conference")
    if progress.completion is CompletionMode.FORMAL and progress.shared_at is not None and progress.read_at is None:
        from_then = progress.shared_at + unread_for
        if at < from_then:
            raise LockedTooEarly(possible_from=from_then)


def _stamped(progress: Progress, step: Step, at: datetime) -> Progress:
    """Set the state and the times of a step. What happened earlier keeps its time; a lock is always the latest one."""
    names = [name for name in step.stamps if name == "locked_at" or getattr(progress, name) is None]
    if step.move is Move.LOCK and not progress.owes_feedback:
        names = [name for name in names if name != "shared_at"]  # it was nobody's to wait for
    changes: dict[str, Any] = dict.fromkeys(names, at)
    changes["state"] = step.target or progress.state
    if step.move in {Move.UNLOCK, Move.REFUSE_UNLOCK}:
        changes["unlock_asked_by"] = None
    return progress._replace(**changes)


def check_order(progress: Progress) -> None:
    """Nothing happens before what it follows from. When the server learned of it (`submitted_at`) is beside that."""
    observed = progress.observed_at
    pairs = (
        ("observed_at", progress.pre_conference_at, observed),
        ("ended_at", observed, progress.ended_at),
        ("submitted_at", observed, progress.submitted_at),
        ("post_conference_at", observed, progress.post_conference_at),
        ("shared_at", observed, progress.shared_at),
        ("read_at", progress.shared_at, progress.read_at),
        ("responded_at", progress.read_at, progress.responded_at),
        ("followed_up_at", progress.read_at, progress.followed_up_at),
        ("locked_at", progress.shared_at or observed, progress.locked_at),
    )
    for name, earlier, later in pairs:
        if earlier is not None and later is not None and later < earlier:
            raise TimesOutOfOrder(name)


def check_feedback(evidence: int, body: str | None) -> None:
    """Feedback without a word, or without evidence that it stands on, is not shared."""
    if not body or evidence == 0:
        raise FeedbackWithoutEvidence


def is_writable(progress: Progress) -> bool:
    """Say whether its observer may still write the record: a draft, what was unlocked, or what she manages herself."""
    if progress.completion is CompletionMode.CREATOR_MANAGED and progress.state is State.SHARED:
        return True
    return progress.state in OPEN or progress.state is State.UNLOCKED


def is_over(progress: Progress) -> bool:
    """Say whether it may be put away: nobody waits for anything of it any more."""
    if progress.state in {State.LOCKED, *ENDED}:
        return progress.unlock_asked_by is None
    return progress.completion is CompletionMode.CREATOR_MANAGED and progress.state is State.SHARED


def stood(progress: Progress) -> State:
    """Give how far along its line an observation is, or was when it was cancelled or voided."""
    if progress.state is State.UNLOCKED:
        return State.LOCKED
    if progress.state not in ENDED:
        return progress.state
    times = (progress.observed_at, progress.submitted_at, progress.shared_at, progress.locked_at)
    passed = [state for state, at in zip(LINE[1:], times, strict=True) if at is not None]
    return passed[-1] if passed else State.SCHEDULED


def reached(state: State, other: State) -> bool:
    """Say whether an observation on its line is at `other` or beyond it."""
    if state is State.UNLOCKED:
        return True
    return state in LINE and LINE.index(state) >= LINE.index(other)

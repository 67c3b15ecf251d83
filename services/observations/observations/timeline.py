"""From what a body says to the moves that lead there.

A tablet that was offline sends a whole observation in one body. That is nothing but its moves in quick succession: each
goes through the same rules as the action of the same name, at the time given (with `backfill`) or at the server's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.observations.observations import rules
from services.observations.observations.errors import NothingRecorded
from services.observations.observations.models import Observation
from services.observations.observations.rules import (
    LINES,
    CompletionMode,
    Move,
    ObservationType,
    Progress,
    Purpose,
    RatingKind,
    Side,
    State,
)
from services.observations.observations.schemas import ObservationWrite
from shared.errors import FieldError, Invalid
from shared.routing import moment
from shared.units import Unit

LEEWAY = timedelta(minutes=5)
_TIMES = {
    Move.PRE_CONFERENCE: "pre_conference_at", Move.START: "observed_at", Move.SUBMIT: "submitted_at",
    Move.POST_CONFERENCE: "post_conference_at", Move.SHARE: "shared_at", Move.READ: "read_at",
    Move.RESPOND: "responded_at", Move.FOLLOW_UP: "followed_up_at", Move.LOCK: "locked_at",
}  # fmt: skip
TIMES = tuple(_TIMES.values())
# Made where the body gives their time; without it they have not happened.
_IF_GIVEN = frozenset({Move.PRE_CONFERENCE, Move.POST_CONFERENCE, Move.READ, Move.FOLLOW_UP})


@dataclass(frozen=True, slots=True)
class Played:
    progress: Progress
    last: Move | None
    backfilled: bool


def progress_of(row: Observation) -> Progress:
    return Progress(
        state=State(row.state),
        completion=CompletionMode(row.completion),
        needs_pre_conference=row.needs_pre_conference,
        needs_post_conference=row.needs_post_conference,
        ended_at=row.ended_at,
        unlock_asked_by=Side(row.unlock_asked_by) if row.unlock_asked_by else None,
        owes_feedback=rules.owes_feedback(Purpose(row.purpose), ObservationType(row.type), RatingKind(row.rating_kind)),
        **{name: getattr(row, name) for name in TIMES},
    )


def happened(progress: Progress) -> list[datetime | None]:
    """Give the times of what was, none of which a next step lies before."""
    return [getattr(progress, name) for name in TIMES]


def play(
    unit: Unit, body: ObservationWrite, before: Progress, *, unread_for: timedelta, has_items: bool = False
) -> Played:
    """Bring `before` to where the body says, move by move."""
    _check_state(body, before)
    moves = _moves_to(body, before)
    _refuse_early_times(body, before, moves)
    progress, backfilled, last = before, False, None
    for name in TIMES:
        given = getattr(body, name)
        if given is not None and getattr(progress, name) not in {None, given}:
            progress = progress._replace(**{name: moment(unit, given, name=name)})
            backfilled = True
    for move in moves:
        given = _given(body, move)
        guard(body, move, progress, has_items=has_items)
        at = moment(unit, given, name=_TIMES[move], after=happened(progress))
        after = rules.advance(progress, move, at, unread_for=unread_for)
        progress = _with_given(unit, body, progress, after, move)
        if move is Move.START:
            progress = _ended(unit, progress, body.ended_at)
        backfilled = backfilled or given is not None
        last = move
    if body.ended_at != progress.ended_at and rules.is_writable(progress):
        progress = _ended(unit, progress, body.ended_at)
    rules.check_order(progress)
    return Played(progress, last, backfilled)


def _with_given(unit: Unit, body: ObservationWrite, before: Progress, after: Progress, move: Move) -> Progress:
    """Give what the same step set besides its own time the times that the body has for it."""
    step = rules.step_of(before.completion, before.state, move)
    beside = [name for name in (step.stamps if step else ()) if name != _TIMES[move] and getattr(before, name) is None]
    given = {name: getattr(body, name) for name in beside if getattr(body, name) is not None}
    return after._replace(**{name: moment(unit, at, name=name) for name, at in given.items()}) if given else after


def is_empty(content: ObservationWrite | Observation) -> bool:
    return not (content.script or content.scores or content.look_fors)


def guard(content: ObservationWrite | Observation, move: Move, progress: Progress, *, has_items: bool = False) -> None:
    """Refuse a move that what was recorded does not bear. `has_items`: there is shared evidence beside it."""
    step = rules.step_of(progress.completion, progress.state, move)
    stamps = step.stamps if step else ()
    if "submitted_at" in stamps and is_empty(content) and not has_items:
        raise NothingRecorded
    shows = move is Move.SHARE or (move is Move.LOCK and "shared_at" in stamps and progress.owes_feedback)
    if shows or (step and step.target is State.LOCKED and progress.state is State.UNLOCKED and progress.owes_feedback):
        feedback = content.feedback
        if isinstance(feedback, dict):
            rules.check_feedback(len(feedback["evidence"]), feedback["body"])
        else:
            rules.check_feedback(len(feedback.evidence) if feedback else 0, feedback.body if feedback else None)


def _check_state(body: ObservationWrite, before: Progress) -> None:
    line = LINES[before.completion]
    if State(body.state) not in line:
        message = f"is no state of a type that is completed as {before.completion}: say {' or '.join(line)}"
        raise Invalid(errors=[FieldError("#/state", "completion", message)])


def _moves_to(body: ObservationWrite, before: Progress) -> list[Move]:
    """Walk the line of its mode from where it stands, until the state that the body says."""
    target, state, moves = State(body.state), before.state, []
    if rules.reached(state, target):
        return []
    for move in _path(body, before):
        step = rules.step_of(before.completion, state, move)
        if step is None or (step.target is None and getattr(before, _TIMES[move]) is not None):
            continue  # a conference or an answer that is stored and only said again happens no second time
        if step.target is not None and rules.reached(state, target):
            break
        moves.append(move)
        state = step.target or state
    return moves


def _path(body: ObservationWrite, before: Progress) -> list[Move]:
    path = [Move.PRE_CONFERENCE, Move.START]
    conversation = [Move.READ, Move.RESPOND, Move.FOLLOW_UP]
    shares = before.owes_feedback or body.feedback is not None or body.shared_at is not None or body.state == "shared"
    if before.completion is CompletionMode.FORMAL:
        path += [Move.SUBMIT, Move.POST_CONFERENCE, *([Move.SHARE] if shares else []), *conversation, Move.LOCK]
    elif before.completion is CompletionMode.SIMPLE:
        path += [Move.POST_CONFERENCE, Move.LOCK, *conversation]
    else:
        path += [Move.POST_CONFERENCE, Move.SHARE, *conversation]
    return [move for move in path if _happened(body, move)]


def _happened(body: ObservationWrite, move: Move) -> bool:
    if move is Move.RESPOND:
        return body.responded_at is not None or body.response is not None
    return move not in _IF_GIVEN or _given(body, move) is not None


def _given(body: ObservationWrite, move: Move) -> datetime | None:
    given: datetime | None = getattr(body, _TIMES[move])
    if move is Move.SUBMIT and given is None:
        return body.shared_at  # it was submitted at the latest when it was shared
    return given


def _refuse_early_times(body: ObservationWrite, before: Progress, moves: list[Move]) -> None:
    """Refuse the time of something that by the body's own state has not happened."""
    happened = {name for name in TIMES if getattr(before, name) is not None}
    state = before.state
    for move in moves:
        step = rules.step_of(before.completion, state, move)
        happened |= {_TIMES[move], *(step.stamps if step else ())}
        state = (step.target if step else None) or state
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
    return progress if ended_at == progress.ended_at else progress._replace(ended_at=ended_at)

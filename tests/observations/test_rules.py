"""The life of an observation, without a database: whatever is tried in whatever order, these things hold."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.observations.observations import rules
from services.observations.observations.errors import ClosedTooEarly, MoveRefused, TimesOutOfOrder
from services.observations.observations.rules import Move, ObservationType, Progress, Purpose, State

BEGIN = datetime(2026, 9, 1, 8, tzinfo=UTC)
UNREAD = timedelta(days=14)
steps = st.lists(st.tuples(st.sampled_from(Move), st.integers(0, 20 * 24)), max_size=25)


def play(tried: list[tuple[Move, int]], *, owes_feedback: bool) -> list[Progress]:
    """Try the moves, each some hours after the one before; give every stage that was reached."""
    progress, at, stages = Progress(State.SCHEDULED, owes_feedback=owes_feedback), BEGIN, []
    for move, hours in tried:
        at += timedelta(hours=hours)
        possible = rules.moves_of(progress)
        try:
            progress = rules.advance(progress, move, at, unread_for=UNREAD)
        except MoveRefused:
            assert move not in possible
        except ClosedTooEarly:
            assert move is Move.CLOSE
        else:
            assert move in possible
            stages.append(progress)
    return stages


@given(steps, st.booleans())
@example([(Move.START, 0), (Move.SUBMIT, 0), (Move.CLOSE, 0), (Move.READ, 0)], False)
def test_whatever_is_tried_the_record_stays_true(tried, owes):
    for stage in play(tried, owes_feedback=owes):
        rules.check_order(stage)
        assert (stage.state in {State.SCHEDULED, State.CANCELLED}) or stage.observed_at is not None
        if stage.state in {State.SUBMITTED, State.SHARED, State.CLOSED, State.VOIDED}:
            assert stage.submitted_at is not None
        if stage.read_at is not None:
            assert stage.shared_at is not None
        if stage.responded_at is not None:
            assert stage.read_at is not None
        if stage.state is State.CLOSED and stage.owes_feedback:
            assert stage.shared_at is not None
            assert stage.closed_at is not None
            was_read = stage.read_at is not None and stage.read_at <= stage.closed_at
            assert was_read or stage.closed_at >= stage.shared_at + UNREAD


@given(steps, st.booleans())
def test_nothing_moves_backwards(tried, owes):
    order = [*rules.LINE, State.CANCELLED, State.VOIDED]
    states = [stage.state for stage in play(tried, owes_feedback=owes)]
    assert states == sorted(states, key=order.index)
    if states and states[-1] in {State.CANCELLED, State.VOIDED}:
        assert rules.moves_of(Progress(states[-1])) == []


@given(st.sampled_from(State), st.booleans(), st.sampled_from(Move))
def test_a_refusal_names_exactly_what_is_possible(state, owes, move):
    progress = Progress(state, owes_feedback=owes)
    if move in rules.moves_of(progress):
        rules.advance(progress, move, BEGIN, unread_for=UNREAD)
        return
    with pytest.raises(MoveRefused) as refusal:
        rules.advance(progress, move, BEGIN, unread_for=UNREAD)
    assert refusal.value.extensions["possible"] == rules.moves_of(progress)


def test_the_line_from_plan_to_close():
    progress = Progress(State.SCHEDULED)
    for hour, move in enumerate((Move.START, Move.SUBMIT, Move.SHARE, Move.RESPOND, Move.CLOSE)):
        progress = rules.advance(progress, move, BEGIN + timedelta(hours=hour), unread_for=UNREAD)
    assert progress.state is State.CLOSED
    assert progress.read_at == progress.responded_at == BEGIN + timedelta(hours=3)


def test_a_teacher_who_has_not_read_has_time_before_it_is_closed():
    shared = Progress(State.SHARED, observed_at=BEGIN, submitted_at=BEGIN, shared_at=BEGIN)
    with pytest.raises(ClosedTooEarly) as early:
        rules.advance(shared, Move.CLOSE, BEGIN + UNREAD - timedelta(seconds=1), unread_for=UNREAD)
    assert early.value.extensions["possible_from"] == BEGIN + UNREAD
    closed = rules.advance(shared, Move.CLOSE, BEGIN + UNREAD, unread_for=UNREAD)
    assert rules.advance(closed, Move.RESPOND, BEGIN + UNREAD * 2, unread_for=UNREAD).state is State.CLOSED


def test_a_share_before_the_visit_is_out_of_order():
    submitted = Progress(State.SUBMITTED, observed_at=BEGIN, submitted_at=BEGIN + timedelta(days=9))
    with pytest.raises(TimesOutOfOrder):
        rules.advance(submitted, Move.SHARE, BEGIN - timedelta(seconds=1), unread_for=UNREAD)
    # A tablet's upload may come after the conversation that it reports.
    assert rules.advance(submitted, Move.SHARE, BEGIN, unread_for=UNREAD).shared_at == BEGIN


@pytest.mark.parametrize(
    ("purpose", "kind", "owed", "fits"),
    [
        (Purpose.COACHING, ObservationType.INFORMAL, True, True),
        (Purpose.EVALUATION, ObservationType.FORMAL, True, True),
        (Purpose.EVALUATION, ObservationType.SELF, False, False),
        (Purpose.EVALUATION, ObservationType.PEER, True, False),
        (Purpose.COACHING, ObservationType.SELF, False, True),
        (Purpose.WALK, ObservationType.WALKTHROUGH, False, True),
        (Purpose.RESEARCH, ObservationType.VIDEO, False, True),
    ],
)
def test_what_is_owed_and_what_fits(purpose, kind, owed, fits):
    assert rules.owes_feedback(purpose, kind) is owed
    assert rules.fits(purpose, kind) is fits

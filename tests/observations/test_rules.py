"""The life of an observation, without a database, example by example; test_machine.py tries all of it."""

from datetime import UTC, datetime, timedelta

import pytest

from services.observations.observations import rules
from services.observations.observations.errors import LockedTooEarly, TimesOutOfOrder
from services.observations.observations.rules import Move, ObservationType, Progress, Purpose, State

BEGIN = datetime(2026, 9, 1, 8, tzinfo=UTC)
UNREAD = timedelta(days=14)


def test_the_line_from_plan_to_lock():
    progress = Progress(State.SCHEDULED)
    for hour, move in enumerate((Move.START, Move.SUBMIT, Move.SHARE, Move.RESPOND, Move.LOCK)):
        progress = rules.advance(progress, move, BEGIN + timedelta(hours=hour), unread_for=UNREAD)
    assert progress.state is State.LOCKED
    assert progress.read_at == progress.responded_at == BEGIN + timedelta(hours=3)


def test_a_teacher_who_has_not_read_has_time_before_it_is_locked():
    shared = Progress(State.SHARED, observed_at=BEGIN, submitted_at=BEGIN, shared_at=BEGIN)
    with pytest.raises(LockedTooEarly) as early:
        rules.advance(shared, Move.LOCK, BEGIN + UNREAD - timedelta(seconds=1), unread_for=UNREAD)
    assert early.value.extensions["possible_from"] == BEGIN + UNREAD
    locked = rules.advance(shared, Move.LOCK, BEGIN + UNREAD, unread_for=UNREAD)
    assert rules.advance(locked, Move.RESPOND, BEGIN + UNREAD * 2, unread_for=UNREAD).state is State.LOCKED


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

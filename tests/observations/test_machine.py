"""The life of an observation against a model of its own: whatever is tried in whatever order, both agree.

The model is written from the text of the documentation, by plain `if`s over what happened so far; it shares neither the
table nor the code of rules.py.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.observations.observations import rules
from services.observations.observations.errors import ConferenceMissing, LockedTooEarly, MoveRefused
from services.observations.observations.rules import CompletionMode, Move, Progress, Side, State

BEGIN = datetime(2026, 9, 1, 8, tzinfo=UTC)
UNREAD = timedelta(days=14)


class Model:
    """What has happened to one observation, as a set of words, and when it was shared."""

    def __init__(self, mode, owes, pre, post):
        self.mode, self.owes, self.pre, self.post = mode, owes, pre, post
        self.done = set()
        self.shared_at = None

    @property
    def over(self):
        return bool(self.done & {"cancelled", "voided"})

    @property
    def locked(self):
        return "locked" in self.done and "unlocked" not in self.done

    def has(self, *words):
        return set(words) <= self.done

    @property
    def draft(self):
        if self.mode == "formal":
            return not self.has("submitted")
        return not (self.has("locked") or self.has("final"))

    def possible(self):
        found = set()
        if self.over:
            return found
        started, final = self.has("started"), not self.draft
        shown = self.has("shared") or self.has("locked")
        if not started:
            found |= {"start"} | (set() if self.has("pre") else {"pre-conference"})
        if started and not self.has("post") and not self.has("locked"):
            found.add("post-conference")
        if self.mode == "formal":
            if started and self.draft:
                found.add("submit")
            if self.has("submitted") and not shown:
                found |= {"share"} | (set() if self.owes else {"lock"})
            if self.has("shared") and not self.has("locked"):
                found.add("lock")
        elif started and self.draft:
            found.add("lock" if self.mode == "simple" else "share")
        if self.has("unlocked"):
            found.add("lock")
        if self.locked:
            found |= {"unlock", "refuse-unlock"} if self.has("asked") else {"ask-unlock"}
        if self.shared_at is not None:
            found |= {"read"} if not self.has("read") else set()
            found |= {"respond"} if not self.has("responded") else set()
            found |= {"follow-up"} if self.has("read") and not self.has("followed") else set()
        found |= {"cancel"} if self.draft else {"void"}
        if self.draft or self.has("unlocked") or (self.mode == "formal" and final and not shown):
            found.add("reassign")
        return found

    def refusal(self, move, at):
        """Say what else stands in the way of a possible move."""
        if move == "start" and self.pre and not self.has("pre"):
            return ConferenceMissing
        if move == "lock" and not self.has("unlocked"):
            if self.post and not self.has("post"):
                return ConferenceMissing
            if self.mode == "formal" and self.shared_at and not self.has("read") and at < self.shared_at + UNREAD:
                return LockedTooEarly
        return None

    def happen(self, move, at):
        words = {
            "start": "started", "submit": "submitted", "pre-conference": "pre", "post-conference": "post",
            "share": "shared", "read": "read", "respond": "responded", "follow-up": "followed", "lock": "locked",
            "ask-unlock": "asked", "unlock": "unlocked", "cancel": "cancelled", "void": "voided",
        }  # fmt: skip
        if move in words:
            self.done.add(words[move])
        if move == "respond":
            self.done.add("read")
        if move in {"unlock", "refuse-unlock"}:
            self.done.discard("asked")
        if move == "lock":
            self.done.discard("unlocked")
        if move == "share" and self.mode == "creator_managed":
            self.done.add("final")
        shows = move == "share" or (move == "lock" and self.mode == "simple" and self.owes)
        if shows and self.shared_at is None:
            self.shared_at = at


class Life(RuleBasedStateMachine):
    @initialize(mode=st.sampled_from(CompletionMode), owes=st.booleans(), pre=st.booleans(), post=st.booleans())
    def make(self, mode, owes, pre, post):
        self.at = BEGIN
        self.model = Model(mode.value, owes, pre, post)
        self.progress = Progress(
            State.SCHEDULED, completion=mode, needs_pre_conference=pre, needs_post_conference=post, owes_feedback=owes
        )

    @rule(move=st.sampled_from(Move), hours=st.integers(0, 20 * 24))
    def try_to(self, move, hours):
        self.at += timedelta(hours=hours)
        before, expected = self.progress, self.model.possible()
        if move.value not in expected:
            with pytest.raises(MoveRefused) as refused:
                rules.advance(before, move, self.at, unread_for=UNREAD)
            assert set(refused.value.extensions["possible"]) == expected
            return
        if error := self.model.refusal(move.value, self.at):
            with pytest.raises(error):
                rules.advance(before, move, self.at, unread_for=UNREAD)
            return
        self.progress = rules.advance(before, move, self.at, unread_for=UNREAD)
        if move is Move.ASK_UNLOCK:  # whose side it was is said by the action
            self.progress = self.progress._replace(unlock_asked_by=Side.OBSERVED)
        self.model.happen(move.value, self.at)

    @rule(data=st.data(), hours=st.integers(0, 48))
    def do_what_is_possible(self, data, hours):
        if possible := sorted(self.model.possible() - {"cancel", "void"}):
            self.try_to(Move(data.draw(st.sampled_from(possible))), hours)

    @invariant()
    def both_name_the_same_moves(self):
        assert set(rules.moves_of(self.progress)) == self.model.possible()

    @invariant()
    def times_tell_what_happened(self):
        progress, model = self.progress, self.model
        rules.check_order(progress)
        assert (progress.observed_at is not None) == model.has("started")
        assert (progress.read_at is not None) == model.has("read")
        assert progress.shared_at == model.shared_at
        assert (progress.locked_at is not None) == model.has("locked")
        assert (progress.state is State.UNLOCKED) == (model.has("unlocked") and not model.over)

    @invariant()
    def only_a_draft_or_what_was_unlocked_is_written(self):
        managed = self.model.mode == "creator_managed" and self.model.has("final")
        open_ = not self.model.over and (self.model.draft or self.model.has("unlocked") or managed)
        assert rules.is_writable(self.progress) == open_


Life.TestCase.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
TestLife = Life.TestCase

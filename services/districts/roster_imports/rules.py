"""What may happen to an import, when it waits for a person, and how a plan is known again.

    received -> validated -> planned -> applied
                                |-> held                       too much would end: `apply` goes on
                                `-> planned, and waits         a dry run, or the roster moved on: `apply` goes on
    refused    it is no roster that can be read      cancelled  somebody stopped it      failed  our own fault

    applied -> reverting -> reverted, or applied as before with the problem that stood in the way

Only one that is applied has changed anything, and only the one that was applied last can be taken back.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

BRAKED = ("users", "roles", "enrollments")
# What all of these stand on: a school may close, but where most would end at once the file was cut off.
GROUNDS = ("orgs", "academicSessions", "courses", "classes")
MOST = 0.5


class ImportState(StrEnum):
    """How far an import has come."""

    RECEIVED = "received"
    VALIDATED = "validated"
    PLANNED = "planned"
    HELD = "held"
    APPLIED = "applied"
    REVERTING = "reverting"
    REVERTED = "reverted"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Action(StrEnum):
    APPLY = "apply"
    CANCEL = "cancel"
    REVERT = "revert"


_ON_ITS_WAY = frozenset({ImportState.RECEIVED, ImportState.VALIDATED, ImportState.PLANNED, ImportState.HELD})
# A job that was retried goes on from a failure or a cancellation; from these there is nothing left to do.
SETTLED = frozenset(
    {ImportState.HELD, ImportState.APPLIED, ImportState.REVERTING, ImportState.REVERTED, ImportState.REFUSED}
)
STOPPED = frozenset({ImportState.CANCELLED, ImportState.FAILED})


def possible(state: str, *, is_waiting: bool, is_latest: bool = False) -> list[Action]:
    """Say what can be asked of an import in this state.

    `is_waiting`: it stands still until somebody decides. `is_latest`: none was applied after it, and it was no repeat.
    """
    if is_waiting:
        return [Action.APPLY, Action.CANCEL]
    if state in _ON_ITS_WAY:
        return [Action.CANCEL]
    return [Action.REVERT] if state == ImportState.APPLIED and is_latest else []


def only_the_last(same_as: UUID | None, last: UUID | None) -> str:
    """Say why one that is applied cannot be taken back. `last` is the one that can be, if there is any."""
    changed = f"It brought the bytes of {same_as} again and changed nothing. " if same_as else ""
    found = f", and that is {last}" if last else ". That has been: how the roster was before the others is not kept"
    return f"{changed}Only the import that was applied last can be taken back{found}."


def is_too_much(ended: int, active: int, brake: float) -> bool:
    return ended > brake * active


def brake_of(name: str, brake: float) -> float | None:
    """Give the share of a file's rows above which endings are held; None where none are."""
    if name in BRAKED:
        return brake
    return max(brake, MOST) if name in GROUNDS else None


def outcome_of(*, is_over: bool, is_dry_run: bool, is_accepted: bool | None) -> ImportState:
    """Decide where a finished plan leads. `is_accepted`: it is the very plan that somebody said yes to; None if nobody.

    A yes to another plan is no yes: the roster moved on, so the new plan waits.
    """
    if is_accepted:
        return ImportState.APPLIED
    if is_over and not is_dry_run:
        return ImportState.HELD
    return ImportState.PLANNED if is_dry_run or is_accepted is not None else ImportState.APPLIED


def digest(roster_version: int, sha256: str, counts: Mapping[str, Mapping[str, Any]]) -> str:
    """Name a plan: the same upload on the same roster comes to the same."""
    told = orjson.dumps([roster_version, sha256, counts], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(told).hexdigest()[:32]

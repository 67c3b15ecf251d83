"""The moves of a coaching cycle and the walk through its model's phases. Pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any


class State(StrEnum):
    REQUESTED = "requested"
    MATCHED = "matched"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    GOAL_MET = "goal_met"
    GOAL_NOT_MET = "goal_not_met"
    CONTINUED = "continued"


class SessionType(StrEnum):
    PLAN = "plan"
    MODEL = "model"
    CO_TEACH = "co_teach"
    OBSERVE = "observe"
    DEBRIEF = "debrief"
    VIDEO = "video"


class GoalKind(StrEnum):
    PEERS = "peers"
    SMART = "smart"
    GAP = "gap"


MOVES: dict[str, tuple[frozenset[State], State]] = {
    "match": (frozenset({State.REQUESTED, State.MATCHED}), State.MATCHED),
    "activate": (frozenset({State.MATCHED}), State.ACTIVE),
    "advance": (frozenset({State.ACTIVE}), State.ACTIVE),
    "pause": (frozenset({State.ACTIVE}), State.PAUSED),
    "resume": (frozenset({State.PAUSED}), State.ACTIVE),
    "complete": (frozenset({State.ACTIVE}), State.COMPLETED),
    "withdraw": (frozenset({State.REQUESTED, State.MATCHED, State.ACTIVE, State.PAUSED}), State.WITHDRAWN),
}
OPEN = frozenset({State.REQUESTED, State.MATCHED, State.ACTIVE, State.PAUSED})

Phases = Sequence[Mapping[str, Any]]


def moves_from(state: str) -> list[str]:
    return [verb for verb, (sources, _) in MOVES.items() if state in sources]


def first_phase(phases: Phases) -> str:
    return str(phases[0]["key"])


def may_follow(phases: Phases, current: str, following: str) -> bool:
    """Say whether the model leads from one phase to the other; loops are the model's to allow."""
    return any(phase["key"] == current and following in phase["next"] for phase in phases)


def faults(phases: Phases) -> list[str]:
    """Say what makes the phases no walkable model: keys twice, steps to nowhere, phases that nothing leads to."""
    keys = [str(phase["key"]) for phase in phases]
    found = [f"the phase {key} stands twice" for key in sorted({k for k in keys if keys.count(k) > 1})]
    for phase in phases:
        found += [f"{phase['key']} leads to {key}, which is no phase" for key in phase["next"] if key not in keys]
    reached, waiting = set(), keys[:1]
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached.add(key)
            waiting += [step for phase in phases if phase["key"] == key for step in phase["next"]]
    return found + [f"nothing leads to {key}" for key in keys if key not in reached]

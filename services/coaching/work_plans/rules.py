"""The moves of a work plan and of its actions. Pure."""

from enum import StrEnum


class PlanState(StrEnum):
    DRAFT = "draft"
    ADOPTED = "adopted"
    MONITORED = "monitored"
    CLOSED = "closed"


class ActionState(StrEnum):
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    DROPPED = "dropped"


MOVES: dict[str, tuple[frozenset[PlanState], PlanState]] = {
    "adopt": (frozenset({PlanState.DRAFT}), PlanState.ADOPTED),
    "monitor": (frozenset({PlanState.ADOPTED}), PlanState.MONITORED),
    "close": (frozenset({PlanState.ADOPTED, PlanState.MONITORED}), PlanState.CLOSED),
}


def moves_from(state: str) -> list[str]:
    return [verb for verb, (sources, _) in MOVES.items() if state in sources]

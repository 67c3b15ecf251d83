"""What a goal may hang on and what may become of it. Pure."""

from enum import StrEnum


class Level(StrEnum):
    """From the top of the tree to its leaves: a goal hangs on one of a level above its own, so there is no circle."""

    DISTRICT = "district"
    SCHOOL = "school"
    INDIVIDUAL = "individual"


class State(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    MET = "met"
    DROPPED = "dropped"


# A goal that was closed may be taken up again: `met` was too early, `dropped` a mistake.
MOVES: dict[str, tuple[frozenset[State], State]] = {
    "activate": (frozenset({State.DRAFT, State.MET, State.DROPPED}), State.ACTIVE),
    "meet": (frozenset({State.ACTIVE}), State.MET),
    "drop": (frozenset({State.DRAFT, State.ACTIVE}), State.DROPPED),
}


def moves_from(state: str) -> list[str]:
    return [verb for verb, (sources, _) in MOVES.items() if state in sources]


def is_above(upper: str, lower: str) -> bool:
    order = list(Level)
    return order.index(Level(upper)) < order.index(Level(lower))

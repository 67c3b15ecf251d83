"""The life of an agreement. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    RATIFIED = "ratified"
    SUPERSEDED = "superseded"
    ENDED = "ended"


MOVES: Mapping[str, tuple[State, State]] = {
    "ratify": (State.DRAFT, State.RATIFIED),
    "end": (State.RATIFIED, State.ENDED),
}


def moves_from(state: str) -> list[str]:
    return [verb for verb, (source, _) in MOVES.items() if source == state]

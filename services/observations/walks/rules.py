"""The moves of a learning walk, and the prevalence of what it looked for. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID


class State(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    DEBRIEFED = "debriefed"
    SHARED = "shared"


class Mark(StrEnum):
    SEEN = "seen"
    NOT_SEEN = "not_seen"


class EvidenceKind(StrEnum):
    STRENGTH = "strength"
    WONDER = "wonder"


MOVES: dict[str, tuple[State, State]] = {
    "schedule": (State.DRAFT, State.SCHEDULED),
    "start": (State.SCHEDULED, State.IN_PROGRESS),
    "debrief": (State.IN_PROGRESS, State.DEBRIEFED),
    "share": (State.DEBRIEFED, State.SHARED),
}
PLANNED = frozenset({State.DRAFT, State.SCHEDULED})


def moves_from(state: str) -> list[str]:
    return [verb for verb, (source, _) in MOVES.items() if source == state]


@dataclass(frozen=True, slots=True)
class Prevalence:
    look_for_id: UUID
    seen: int
    stops: int


def prevalence(look_for_ids: Iterable[UUID], stops: Iterable[Iterable[Mapping[str, Any]]]) -> list[Prevalence]:
    """Count for each look-for the stops that saw it among those that looked; a stop that did not look is not a no."""
    seen: Counter[str] = Counter()
    looked: Counter[str] = Counter()
    for marks in stops:
        for mark in marks:
            looked[str(mark["look_for_id"])] += 1
            seen[str(mark["look_for_id"])] += mark["mark"] == Mark.SEEN
    return [Prevalence(one, seen[str(one)], looked[str(one)]) for one in look_for_ids]

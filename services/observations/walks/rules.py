"""The moves of a learning walk, the draw of its classes, and the prevalence of what it looked for. Pure."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from services.observations.calendars.rules import Level, after_school_days


class State(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    DEBRIEFED = "debriefed"
    SHARED = "shared"


class EvidenceTag(StrEnum):
    STRENGTH = "strength"
    WONDER = "wonder"


METHOD = "wilson_score.v1"
MOVES: dict[str, tuple[State, State]] = {
    "schedule": (State.DRAFT, State.SCHEDULED),
    "start": (State.SCHEDULED, State.IN_PROGRESS),
    "debrief": (State.IN_PROGRESS, State.DEBRIEFED),
    "share": (State.DEBRIEFED, State.SHARED),
}
# A client's clock may be a little ahead of ours, as with observations.
LEEWAY = timedelta(minutes=5)
DEBRIEF_WITHIN = 2  # school days, as the founding documents ask
REMIND_BEFORE = timedelta(hours=24)
TIMES = ("started_at", "debriefed_at", "shared_at")
OF_TEAM: dict[str, Any] = {"seed": None, "roster": None}  # of a draw, to whoever is not of it
PLANNED = frozenset({State.DRAFT, State.SCHEDULED})


def order_fault(times: Mapping[str, datetime | None], last_stop_at: datetime | None) -> str | None:
    """Name the time that lies before what it follows from.

    When the server learned of the start is beside when a stop was. Of the end, a tablet may be a little off.
    """
    started, debriefed, shared = (times[name] for name in ("started_at", "debriefed_at", "shared_at"))
    pairs = (
        ("debriefed_at", started, debriefed),
        ("debriefed_at", last_stop_at - LEEWAY if last_stop_at else None, debriefed),
        ("shared_at", debriefed, shared),
    )
    return next((name for name, before, after in pairs if before and after and after < before), None)


def moves_from(state: str) -> list[str]:
    return [verb for verb, (source, _) in MOVES.items() if source == state]


@dataclass(frozen=True, slots=True)
class Prevalence:
    look_for_id: UUID
    seen: int
    stops: int


def prevalence(look_for_ids: Iterable[UUID], stops: Iterable[Iterable[Mapping[str, Any]]]) -> list[Prevalence]:
    """Count for each look-for the stops that saw it among those that looked and where it applied.

    A stop that did not look is not a no. A count above zero is seen.
    """
    seen: Counter[str] = Counter()
    looked: Counter[str] = Counter()
    for marks in stops:
        for mark in marks:
            if mark["mark"] != "not_applicable":
                looked[mark["look_for_id"]] += 1
                seen[mark["look_for_id"]] += mark["mark"] not in {"not_seen", 0}
    return [Prevalence(one, seen[str(one)], looked[str(one)]) for one in look_for_ids]


Key = str | None


def divided(
    look_for_ids: Sequence[UUID], stops: Sequence[tuple[Key, Iterable[Mapping[str, Any]]]]
) -> dict[Key, list[Prevalence]]:
    """Count apart by what each stop says of itself, such as its grade."""
    keys = sorted({key for key, _ in stops}, key=lambda key: (key is None, key))
    return {key: prevalence(look_for_ids, [marks for of, marks in stops if of == key]) for key in keys}


def disclosable(sizes: Mapping[Key, int], n_min: int) -> set[Key]:
    """Say which parts of a total may be shown beside it: a part that is hidden must not be what is left of the total.

    Parts below the minimum are hidden; as long as all hidden ones together are below it as well, so is the smallest
    shown one. A part without stops hides nothing.
    """
    shown = {key for key, size in sizes.items() if size == 0 or size >= n_min}
    while True:
        rest = sum(size for key, size in sizes.items() if key not in shown)
        left = sorted((key for key in shown if sizes[key]), key=lambda key: (sizes[key], key is None, key or ""))
        if rest == 0 or rest >= n_min or not left:
            return shown
        shown.discard(left[0])


def disclosed(
    parts: Mapping[Key, Sequence[Prevalence]], totals: Sequence[Prevalence], n_min: int
) -> dict[Key, list[bool]]:
    """Say of each part and look-for whether it may be shown: where its total may, and none follows from the others."""
    found: dict[Key, list[bool]] = {key: [] for key in parts}
    for place, total in enumerate(totals):
        sizes = {key: cells[place].stops for key, cells in parts.items()}
        shown = disclosable(sizes, n_min) if total.stops == 0 or total.stops >= n_min else set()
        for key in parts:
            found[key].append(key in shown)
    return found


def drawn(class_ids: Iterable[UUID], seed: str, count: int) -> list[UUID]:
    """Draw without replacement: the classes in the order of SHA-256 of `seed/class id`, the first of them.

    Each class is as likely as each other one, whoever asks in whichever order; list and seed give the same draw again.
    """
    return sorted(class_ids, key=lambda id_: hashlib.sha256(f"{seed}/{id_}".encode()).digest())[:count]


def digest_of(class_ids: Iterable[UUID]) -> str:
    return hashlib.sha256(",".join(map(str, sorted(class_ids))).encode()).hexdigest()


def pattern_ids(walk_id: UUID, count: int) -> list[UUID]:
    """Name the patterns of a debrief: by their walk and place, so that no two walks have one of the same id."""
    return [uuid5(walk_id, f"pattern/{place}") for place in range(count)]


def debrief_due_at(levels: Sequence[Level], started_at: datetime) -> datetime:
    return after_school_days(levels, started_at, DEBRIEF_WITHIN)


def kind_at(due_at: datetime, moment: datetime) -> str | None:
    """Say what is told of a debrief at a moment: from a day before on that it is due, then that it is late."""
    if moment >= due_at:
        return "debrief_overdue"
    return "debrief_due" if moment >= due_at - REMIND_BEFORE else None

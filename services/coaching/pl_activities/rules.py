"""What a PL activity may become, and who has earned its credit. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID


class Format(StrEnum):
    """Domain 2.5; CEDS Professional Development Activity."""

    WORKSHOP = "workshop"
    COURSE = "course"
    INSTITUTE = "institute"
    CONFERENCE = "conference"
    MENTORING = "mentoring"
    PLC = "plc"
    LESSON_STUDY = "lesson_study"
    PEER_VISIT = "peer_visit"
    STUDY_GROUP = "study_group"
    ONLINE = "online"
    EXTERNAL = "external"


class Setting(StrEnum):
    JOB_EMBEDDED = "job_embedded"
    EXTERNAL = "external"


class State(StrEnum):
    OFFERED = "offered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


MOVES: dict[str, tuple[State, State]] = {
    "complete": (State.OFFERED, State.COMPLETED),
    "cancel": (State.OFFERED, State.CANCELLED),
}


def moves_from(state: str) -> list[str]:
    return [verb for verb, (source, _) in MOVES.items() if source == state]


def earned(minutes: Mapping[UUID, int], required_minutes: int) -> list[UUID]:
    """Name those who attended enough; an activity that requires nothing still wants somebody to have come."""
    return sorted(person for person, attended in minutes.items() if attended >= max(1, required_minutes))

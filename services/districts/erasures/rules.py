"""How an erasure goes on. No I/O.

planning -> planned -> applying -> applied
               `-> cancelled          planning, applying -> failed
"""

from enum import StrEnum


class ErasureState(StrEnum):
    PLANNING = "planning"
    PLANNED = "planned"
    APPLYING = "applying"
    APPLIED = "applied"
    CANCELLED = "cancelled"
    FAILED = "failed"


class ErasureSubject(StrEnum):
    """`person` is all about one person, `retention` what is over by the district's rules."""

    PERSON = "person"
    RETENTION = "retention"


class ErasureReason(StrEnum):
    REQUEST = "request"  # of the person
    RETENTION = "retention"
    LEGAL = "legal"
    MISTAKE = "mistake"  # it should never have been kept


def possible(state: str) -> list[str]:
    return ["apply", "cancel"] if state == ErasureState.PLANNED else []

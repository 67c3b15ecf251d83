"""What may happen to an import, and when it is stopped for a person to look at."""

from enum import StrEnum


class ImportState(StrEnum):
    """`held` waits for somebody to approve a removal that looks like a broken file."""

    STAGED = "staged"
    VALIDATED = "validated"
    HELD = "held"
    APPLIED = "applied"
    FAILED = "failed"


def is_too_much(gone: int, active: int, brake: float | None) -> bool:
    return brake is not None and gone > brake * active

from enum import StrEnum


class PullState(StrEnum):
    """`imported`: what came is a roster import now, which has its own states. `unchanged`: nothing came."""

    QUEUED = "queued"
    RUNNING = "running"
    IMPORTED = "imported"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNDER_WAY = (PullState.QUEUED, PullState.RUNNING)

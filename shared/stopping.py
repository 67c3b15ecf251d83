"""Whether this process is on its way out: who waits for news then waits no longer, and what is cut off is told why."""

_has_begun = False


def begin() -> None:
    global _has_begun  # noqa: PLW0603 - a process ends once
    _has_begun = True


def has_begun() -> bool:
    return _has_begun

"""What a serving process does with its memory, once all that it will ever load is loaded."""

import gc
import sys

# What structlog and httpx load for terminals if it is there: 5 MB in a process that has none.
FOR_TERMINALS = ("rich", "pygments")


def leave_out_terminals() -> None:
    """Say that these are not installed, before anything asks for them."""
    for name in FOR_TERMINALS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None is how Python says that


def settle() -> None:
    """Take what is there out of the collector's sight: collecting on allocating handlers is where p99 goes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)

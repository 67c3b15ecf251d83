"""What a serving process does with its memory, once all that it will ever load is loaded."""

import gc


def settle() -> None:
    """Take what is there out of the collector's sight: collecting on allocating handlers is where p99 goes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)

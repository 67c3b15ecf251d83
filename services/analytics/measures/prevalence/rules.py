from datetime import datetime

from services.analytics.measures.statistics import Count, Estimate, difference, proportion, suppress_below

WALK_PREVALENCE = "walk_prevalence.v1"


def prevalence_of(seen: int, stops: int, *, as_of: datetime, n_min: int) -> Estimate:
    """Share of the stops that looked; nobody is named on a walk, so it is stops that must not be too few."""
    return suppress_below(proportion(Count(seen, stops), as_of=as_of), n_min, stops)


def change_of(after: Count, before: Count, *, as_of: datetime, n_min: int) -> Estimate:
    """Set a walk beside the one before it: other lessons on another day, hence two independent proportions.

    No row says whether the same room was visited twice. Where it was the two hang together, and the interval is if
    anything too wide.
    """
    sizes = [count.n for count in (after, before) if before.n]
    return suppress_below(difference(after, before, as_of=as_of), n_min, *sizes)

from datetime import datetime

from services.analytics.measures.statistics import Count, Estimate, proportion, suppress_below

WALK_PREVALENCE = "walk_prevalence.v1"


def prevalence_of(seen: int, stops: int, *, as_of: datetime, n_min: int) -> Estimate:
    """Share of the stops that looked; nobody is named on a walk, so it is stops that must not be too few."""
    return suppress_below(proportion(Count(seen, stops), as_of=as_of), n_min, stops)

"""Which share of the teachers was observed. Who is not among those assigned does not count, so it never exceeds one."""

from dataclasses import dataclass
from datetime import datetime

from services.analytics.measures.statistics import Count, Estimate, proportion, suppress_below

OBSERVATION_COVERAGE = "observation_coverage.v1"


@dataclass(frozen=True, slots=True)
class CoverageTally:
    teachers: int = 0
    observed: int = 0


@dataclass(frozen=True, slots=True)
class CoverageSummary:
    coverage: Estimate
    teachers: int | None  # both counts are None where too few teachers are assigned
    observed: int | None


def coverage_summary(counted: CoverageTally, *, as_of: datetime, n_min: int = 0) -> CoverageSummary:
    share = proportion(Count(counted.observed, counted.teachers), as_of=as_of)
    hidden = 0 < counted.teachers < n_min
    return CoverageSummary(
        coverage=suppress_below(share, n_min, counted.teachers),
        teachers=None if hidden else counted.teachers,
        observed=None if hidden else counted.observed,
    )

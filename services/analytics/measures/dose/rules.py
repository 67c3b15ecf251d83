"""The dose of coaching cycles. Pure.

A cycle without a session counts with zero sessions and minutes: it is a dose too. Its span of weeks is not zero but
unknown, so spans are of the cycles that have a session. Several cycles of one coachee hang together: coachees are the
groups of the means' intervals.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.analytics.measures.clustered import Tally, clustered_mean, pooled
from services.analytics.measures.statistics import Count, Estimate, proportion, quantile, suppress_below

COACHING_DOSE = "coaching_dose.v1"
WEEK = timedelta(weeks=1)
UNDER_WAY = frozenset({"active", "paused"})
ENDED = frozenset({"completed", "withdrawn"})


@dataclass(frozen=True, slots=True)
class Cycle:
    coachee_id: Hashable
    state: str
    sessions: int
    minutes: int
    first_on: date | None = None
    last_on: date | None = None

    @property
    def weeks(self) -> float | None:
        return None if self.first_on is None or self.last_on is None else (self.last_on - self.first_on) / WEEK


@dataclass(frozen=True, slots=True)
class DoseSummary:
    """The counts are None where too few coachees stand behind them."""

    cycles: int | None
    under_way: int | None
    completed: int | None
    withdrawn: int | None
    sessions_mean: Estimate
    sessions_median: Estimate
    minutes_mean: Estimate
    minutes_median: Estimate
    weeks_mean: Estimate
    weeks_median: Estimate
    completion_rate: Estimate


def dose_summary(cycles: Iterable[Cycle], *, as_of: datetime, n_min: int = 0) -> DoseSummary:
    begun = list(cycles)
    kept = [cycle for cycle in begun if cycle.state != "withdrawn"]
    people = len({cycle.coachee_id for cycle in begun})
    shown = people == 0 or people >= n_min
    states = {name: sum(cycle.state == name for cycle in begun) for name in ("completed", "withdrawn")}
    sessions = [(cycle.coachee_id, float(cycle.sessions)) for cycle in kept]
    minutes = [(cycle.coachee_id, float(cycle.minutes)) for cycle in kept]
    weeks = [(cycle.coachee_id, cycle.weeks) for cycle in kept if cycle.weeks is not None]
    return DoseSummary(
        cycles=len(begun) if shown else None,
        under_way=sum(cycle.state in UNDER_WAY for cycle in begun) if shown else None,
        completed=states["completed"] if shown else None,
        withdrawn=states["withdrawn"] if shown else None,
        sessions_mean=_mean(sessions, as_of, n_min),
        sessions_median=_median(sessions, as_of, n_min),
        minutes_mean=_mean(minutes, as_of, n_min),
        minutes_median=_median(minutes, as_of, n_min),
        weeks_mean=_mean(weeks, as_of, n_min),
        weeks_median=_median(weeks, as_of, n_min),
        completion_rate=_completion(begun, as_of, n_min),
    )


def people_behind(cycles: Iterable[Cycle]) -> tuple[frozenset[Hashable], ...]:
    """Give the coachees of the counts, of the means, of the weeks and of the rate: each may be too few by itself."""
    begun = list(cycles)
    bases = (
        begun,
        [cycle for cycle in begun if cycle.state != "withdrawn"],
        [cycle for cycle in begun if cycle.state != "withdrawn" and cycle.weeks is not None],
        [cycle for cycle in begun if cycle.state in ENDED],
    )
    return tuple(frozenset(cycle.coachee_id for cycle in base) for base in bases)


def by_coachee(values: Iterable[tuple[Hashable, float]]) -> Mapping[Hashable, Tally]:
    return pooled({coachee: Tally(value, 1)} for coachee, value in values)


def _mean(values: list[tuple[Hashable, float]], as_of: datetime, n_min: int) -> Estimate:
    return suppress_below(clustered_mean(by_coachee(values), as_of=as_of), n_min, _people(values))


def _median(values: list[tuple[Hashable, float]], as_of: datetime, n_min: int) -> Estimate:
    return suppress_below(quantile((value for _, value in values), 0.5, as_of=as_of), n_min, _people(values))


def _completion(cycles: list[Cycle], as_of: datetime, n_min: int) -> Estimate:
    ended = [cycle for cycle in cycles if cycle.state in ENDED]
    completed = sum(cycle.state == "completed" for cycle in ended)
    share = proportion(Count(completed, len(ended)), as_of=as_of)
    return suppress_below(share, n_min, len({cycle.coachee_id for cycle in ended}))


def _people(values: list[tuple[Hashable, float]]) -> int:
    return len({coachee for coachee, _ in values})

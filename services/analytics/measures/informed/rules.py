"""From a walk's debrief to the first thing that its evidence was linked to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.analytics.measures.statistics import (
    KAPLAN_MEIER,
    Count,
    Duration,
    Estimate,
    Interval,
    Reason,
    kaplan_meier,
    proportion,
    suppress_below,
    waiting_quantile,
)

WALKS_INFORMED = "walks_informed.v3"
WITHIN = timedelta(days=30)
_HOURS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Walk:
    debriefed_at: datetime
    first_linked_at: datetime | None  # to what it informed, by the moment that counts

    @property
    def waited(self) -> timedelta | None:
        """A link that was there before the debrief did not wait."""
        return None if self.first_linked_at is None else max(self.first_linked_at - self.debriefed_at, timedelta())

    @property
    def in_time(self) -> bool:
        return self.waited is not None and self.waited <= WITHIN


@dataclass(frozen=True, slots=True)
class Informed:
    counts: dict[str, int | None]
    within: Estimate
    with_pending: Estimate
    median_days: Estimate


def informed(walks: Sequence[Walk], *, as_of: datetime, n_min: int) -> Informed:
    """Tell the walks whose thirty days are over from those that may still inform something, and drop neither.

    The plain share is of the former alone: among the others only those that were quick could count already. The
    Kaplan-Meier one takes all, the waiting ones as right-censored.
    """
    over = [walk for walk in walks if walk.debriefed_at + WITHIN <= as_of]
    running = [walk for walk in walks if walk.debriefed_at + WITHIN > as_of]
    counts: dict[str, int | None] = {
        "walks": len(walks),
        "over": len(over),
        "informed": sum(walk.in_time for walk in over),
        "pending": sum(walk.waited is None for walk in running),
        "informed_early": sum(walk.waited is not None for walk in running),
    }
    waits = [
        Duration(
            (walk.waited if walk.waited is not None else max(as_of - walk.debriefed_at, timedelta())) / _HOURS,
            completed=walk.waited is not None,
        )
        for walk in walks
    ]
    within = proportion(Count(sum(walk.in_time for walk in over), len(over)), as_of=as_of)
    median = waiting_quantile([Duration(w.hours / 24, completed=w.completed) for w in waits], 0.5, as_of=as_of)
    return Informed(
        counts | dict.fromkeys(_hidden(len(walks), len(over), len(running), n_min)),
        suppress_below(within, n_min, len(over)),
        suppress_below(_by_then(waits, as_of=as_of), n_min, len(walks)),
        suppress_below(median, n_min, len(walks)),
    )


def _hidden(walks: int, over: int, running: int, n_min: int) -> list[str]:
    """Name the counts that few walks stand behind: what became of few is hidden, how many they are is not."""
    if 0 < walks < n_min:
        return ["walks", "over", "informed", "pending", "informed_early"]
    few_over = ["informed"] if 0 < over < n_min else []
    return few_over + (["pending", "informed_early"] if 0 < running < n_min else [])


def _by_then(waits: Sequence[Duration], *, as_of: datetime) -> Estimate:
    """Share that informed something by the thirtieth day: one less what still waits just after it."""
    if not waits:
        return Estimate(None, 0, None, KAPLAN_MEIER, as_of, reason=Reason.EMPTY_DENOMINATOR)
    then = WITHIN / _HOURS
    reached = [step for step in kaplan_meier(waits) if step.hours <= then]
    if any(not wait.completed for wait in waits) and all(wait.hours < then for wait in waits):
        # Nobody was followed for thirty days, so what becomes of those that wait is not known yet.
        return Estimate(None, len(waits), None, KAPLAN_MEIER, as_of, reason=Reason.NOT_REACHED)
    if not reached:
        return Estimate(0.0, len(waits), None, KAPLAN_MEIER, as_of)
    last = reached[-1]
    return Estimate(1 - last.waiting, len(waits), Interval(1 - last.high, 1 - last.low), KAPLAN_MEIER, as_of)

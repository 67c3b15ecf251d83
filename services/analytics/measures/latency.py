"""How long feedback takes. What is still pending is never dropped: it is late once overdue, and censored until then."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.analytics.measures.statistics import (
    Count,
    Duration,
    Estimate,
    proportion,
    quantile,
    suppress_below,
    waiting_quantile,
)

FEEDBACK_LATENCY = "feedback_latency.v1"
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class LatencySummary:
    """p50 and p90 are of the completed ones; `median_with_pending` also weighs those that still wait (Kaplan-Meier)."""

    p50_hours: Estimate
    p90_hours: Estimate
    median_with_pending: Estimate
    on_time_rate: Estimate
    completed: int | None  # the three counts are None where too few teachers stand behind them
    pending: int | None
    pending_overdue: int | None


@dataclass(frozen=True, slots=True)
class LatencyTally:
    """A cell's observations, counted: all that the summary needs of them. `completed` and `pending` are hours."""

    completed: Sequence[float] = ()
    pending: Sequence[float] = ()
    on_time: int = 0
    late: int = 0
    overdue: int = 0
    teachers: int = 0
    teachers_answered: int = 0
    teachers_judged: int = 0


def summary_of(counted: LatencyTally, *, as_of: datetime, n_min: int = 0) -> LatencySummary:
    durations = [Duration(hours, completed=True) for hours in counted.completed]
    durations += [Duration(hours, completed=False) for hours in counted.pending]
    rate = proportion(Count(counted.on_time, counted.on_time + counted.late + counted.overdue), as_of=as_of)
    # Each value is about its own teachers: forty may be waiting while the median of the completed is one teacher's.
    everyone, answered, judged = counted.teachers, counted.teachers_answered, counted.teachers_judged
    hidden = bool(durations) and everyone < n_min
    return LatencySummary(
        p50_hours=suppress_below(quantile(counted.completed, 0.5, as_of=as_of), n_min, answered),
        p90_hours=suppress_below(quantile(counted.completed, 0.9, as_of=as_of), n_min, answered),
        median_with_pending=suppress_below(waiting_quantile(durations, 0.5, as_of=as_of), n_min, everyone),
        on_time_rate=suppress_below(rate, n_min, judged),
        completed=None if hidden else len(counted.completed),
        pending=None if hidden else len(counted.pending),
        pending_overdue=None if hidden else counted.overdue,
    )


def working_days(start: datetime, end: datetime, zone: ZoneInfo, holidays: Collection[date] = ()) -> int:
    """Midnights crossed, in the school's own zone, into a Monday to Friday that is no holiday."""
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    crossed = (first + timedelta(days=day) for day in range(1, (last - first).days + 1))
    return sum(day.weekday() < SATURDAY and day not in holidays for day in crossed)

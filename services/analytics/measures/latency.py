"""How long feedback takes. What is still pending is never dropped: it is late once overdue, and censored until then."""

from collections.abc import Collection, Hashable, Iterable, Sequence
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
class LatencyItem:
    """One observation whose feedback is owed; without `due_at` it has no deadline and no on-time rate."""

    teacher_id: Hashable
    observed_at: datetime
    shared_at: datetime | None
    due_at: datetime | None


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


def latency_summary(items: Iterable[LatencyItem], *, as_of: datetime, n_min: int = 0) -> LatencySummary:
    return summary_of(tally(items, as_of=as_of), as_of=as_of, n_min=n_min)


def tally(items: Iterable[LatencyItem], *, as_of: datetime) -> LatencyTally:
    """Count what was known at `as_of`: later observations do not exist yet, later answers are still pending."""
    known = [item for item in items if item.observed_at <= as_of]
    pending = [item for item in known if not _is_shared(item, as_of)]
    completed = [(item, item.shared_at) for item in known if item.shared_at is not None and item.shared_at <= as_of]
    overdue = [item for item in pending if item.due_at is not None and item.due_at < as_of]
    decided = [(item, shared_at, item.due_at) for item, shared_at in completed if item.due_at is not None]
    on_time = sum(shared_at <= due_at for _, shared_at, due_at in decided)
    return LatencyTally(
        completed=[elapsed_hours(item.observed_at, shared_at) for item, shared_at in completed],
        pending=[elapsed_hours(item.observed_at, as_of) for item in pending],
        on_time=on_time,
        late=len(decided) - on_time,
        overdue=len(overdue),
        teachers=_teachers(known),
        teachers_answered=_teachers(item for item, _ in completed),
        teachers_judged=len({item.teacher_id for item, _, _ in decided} | {item.teacher_id for item in overdue}),
    )


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


def elapsed_hours(start: datetime, end: datetime) -> float:
    return (end - start) / timedelta(hours=1)


def working_days(start: datetime, end: datetime, zone: ZoneInfo, holidays: Collection[date] = ()) -> int:
    """Midnights crossed, in the school's own zone, into a Monday to Friday that is no holiday."""
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    crossed = (first + timedelta(days=day) for day in range(1, (last - first).days + 1))
    return sum(day.weekday() < SATURDAY and day not in holidays for day in crossed)


def _is_shared(item: LatencyItem, as_of: datetime) -> bool:
    return item.shared_at is not None and item.shared_at <= as_of


def _teachers(items: Iterable[LatencyItem]) -> int:
    return len({item.teacher_id for item in items})

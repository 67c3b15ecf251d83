"""How long feedback takes. What is still pending is never dropped: it is late once overdue, and censored until then."""

from collections.abc import Collection, Hashable, Iterable
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


def latency_summary(items: Iterable[LatencyItem], *, as_of: datetime, n_min: int = 0) -> LatencySummary:
    """Summarise what was known at `as_of`: later observations do not exist yet, later answers are still pending."""
    known = [item for item in items if item.observed_at <= as_of]
    pending = [item for item in known if not _is_shared(item, as_of)]
    completed = [(item, item.shared_at) for item in known if item.shared_at is not None and item.shared_at <= as_of]
    overdue = [item for item in pending if item.due_at is not None and item.due_at < as_of]
    decided = [(item, shared_at, item.due_at) for item, shared_at in completed if item.due_at is not None]
    on_time = sum(shared_at <= due_at for _, shared_at, due_at in decided)
    hours = [elapsed_hours(item.observed_at, shared_at) for item, shared_at in completed]
    durations = [Duration(value, completed=True) for value in hours]
    durations += [Duration(elapsed_hours(item.observed_at, as_of), completed=False) for item in pending]

    # Each value is about its own teachers: forty may be waiting while the median of the completed is one teacher's.
    everyone = _teachers(known)
    answered = _teachers(item for item, _ in completed)
    judged = len({item.teacher_id for item, _, _ in decided} | {item.teacher_id for item in overdue})
    rate = proportion(Count(on_time, len(decided) + len(overdue)), as_of=as_of)
    hidden = 0 < everyone < n_min
    return LatencySummary(
        p50_hours=suppress_below(quantile(hours, 0.5, as_of=as_of), n_min, answered),
        p90_hours=suppress_below(quantile(hours, 0.9, as_of=as_of), n_min, answered),
        median_with_pending=suppress_below(waiting_quantile(durations, 0.5, as_of=as_of), n_min, everyone),
        on_time_rate=suppress_below(rate, n_min, judged),
        completed=None if hidden else len(completed),
        pending=None if hidden else len(pending),
        pending_overdue=None if hidden else len(overdue),
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

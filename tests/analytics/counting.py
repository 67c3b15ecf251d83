"""Counts observations in Python as measures/queries.py counts them in SQL, to try the summary on drawn ones."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.analytics.measures.latency import LatencySummary, LatencyTally, summary_of


@dataclass(frozen=True, slots=True)
class LatencyItem:
    """One observation whose feedback is owed; without `due_at` it has no deadline and no on-time rate."""

    teacher_id: Hashable
    observed_at: datetime
    shared_at: datetime | None
    due_at: datetime | None


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


def elapsed_hours(start: datetime, end: datetime) -> float:
    return (end - start) / timedelta(hours=1)


def _is_shared(item: LatencyItem, as_of: datetime) -> bool:
    return item.shared_at is not None and item.shared_at <= as_of


def _teachers(items: Iterable[LatencyItem]) -> int:
    return len({item.teacher_id for item in items})

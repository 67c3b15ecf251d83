"""Every measure there is and what it means, as in docs/measures/README.md. A changed definition is a new version."""

from dataclasses import dataclass

from services.analytics.measures.coverage import OBSERVATION_COVERAGE
from services.analytics.measures.latency import FEEDBACK_LATENCY
from services.analytics.measures.statistics import KAPLAN_MEIER, QUANTILE, WILSON

DIMENSIONS = ("school", "month")
COUNTED = "What counts took place by as_of and is neither cancelled nor voided."


@dataclass(frozen=True, slots=True)
class ValueDefinition:
    name: str
    unit: str
    definition: str
    denominator: str
    method_version: str


@dataclass(frozen=True, slots=True)
class MeasureDefinition:
    name: str
    title: str
    definition: str
    method_version: str
    numerator_window: str
    denominator_window: str
    counts: tuple[str, ...]
    values: tuple[ValueDefinition, ...]
    dimensions: tuple[str, ...] = DIMENSIONS


LATENCY = MeasureDefinition(
    name="feedback_latency",
    title="How long teachers wait for feedback",
    definition="Elapsed hours from observed_at to shared_at, where feedback is owed (feedback_due_at). "
    f"What is not shared by as_of is pending: late once it is overdue, and never left out. {COUNTED}",
    method_version=FEEDBACK_LATENCY,
    numerator_window="observed in these days, shared by as_of",
    denominator_window="observed in these days",
    counts=("completed", "pending", "pending_overdue"),
    values=(
        ValueDefinition("p50_hours", "hours", "median of the completed", "completed observations", QUANTILE),
        ValueDefinition("p90_hours", "hours", "90th percentile of the completed", "completed observations", QUANTILE),
        ValueDefinition(
            "median_with_pending",
            "hours",
            "first time by which at least half were shared, with those that still wait (Kaplan-Meier)",
            "completed and pending observations",
            KAPLAN_MEIER,
        ),
        ValueDefinition(
            "on_time_rate",
            "share",
            "shared by its deadline",
            "completed observations, and the pending ones that are overdue",
            WILSON,
        ),
    ),
)
COVERAGE = MeasureDefinition(
    name="observation_coverage",
    title="Which share of the teachers was observed",
    definition=f"Teachers whom somebody else observed, of those assigned on the denominator's day. {COUNTED}",
    method_version=OBSERVATION_COVERAGE,
    numerator_window="observed in these days",
    denominator_window="assigned to the school on this day: the last of the period, or that of as_of",
    counts=("teachers", "observed"),
    values=(ValueDefinition("coverage", "share", "teachers observed at least once", "teachers assigned", WILSON),),
)
MEASURES = {measure.name: measure for measure in (LATENCY, COVERAGE)}

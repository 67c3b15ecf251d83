"""Every measure there is and what it means, as in docs/measures/README.md. A changed definition is a new version."""

from dataclasses import dataclass

from services.analytics.measures.application.rules import LOOK_FOR_APPLICATION
from services.analytics.measures.between import BETWEEN_GROUPS
from services.analytics.measures.clustered import CLUSTERED_DIFFERENCE, CLUSTERED_MEAN, CLUSTERED_WILSON
from services.analytics.measures.consistency.rules import AGREEMENT_CONSISTENCY
from services.analytics.measures.coverage import OBSERVATION_COVERAGE
from services.analytics.measures.dose.rules import COACHING_DOSE
from services.analytics.measures.informed.rules import WALKS_INFORMED
from services.analytics.measures.latency import FEEDBACK_LATENCY
from services.analytics.measures.prevalence.rules import WALK_PREVALENCE
from services.analytics.measures.statistics import KAPLAN_MEIER, NEWCOMBE, QUANTILE, WILSON

DIMENSIONS = ("school", "month")
COUNTED = (
    "What counts is a live visit to a teacher that took place by as_of and is neither cancelled nor voided: coaches, "
    "facilitators and leaders who are observed are no part of it, nor are consensus, master and calibration ratings."
)


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
DOSE = MeasureDefinition(
    name="coaching_dose",
    title="How much coaching a cycle is",
    definition="Sessions, minutes and weeks of the coaching cycles that began (were activated) in these days. "
    "Withdrawn cycles count in the completion rate alone. What is recorded today counts, also for an earlier as_of.",
    method_version=COACHING_DOSE,
    numerator_window="all that was held of a cycle so far",
    denominator_window="activated in these days",
    counts=("cycles", "under_way", "completed", "withdrawn"),
    values=(
        ValueDefinition("sessions_mean", "sessions", "mean number of sessions, also none", "cycles", CLUSTERED_MEAN),
        ValueDefinition("sessions_median", "sessions", "median number of sessions, also none", "cycles", QUANTILE),
        ValueDefinition("minutes_mean", "minutes", "mean minutes of all sessions", "cycles", CLUSTERED_MEAN),
        ValueDefinition("minutes_median", "minutes", "median minutes of all sessions", "cycles", QUANTILE),
        ValueDefinition(
            "weeks_mean", "weeks", "mean time from first to last session", "cycles with a session", CLUSTERED_MEAN
        ),
        ValueDefinition(
            "weeks_median", "weeks", "median time from first to last session", "cycles with a session", QUANTILE
        ),
        ValueDefinition("completion_rate", "share", "completed", "cycles completed or withdrawn", WILSON),
    ),
)
APPLICATION = MeasureDefinition(
    name="look_for_application",
    title="Whether what professional learning aims at is seen in classrooms",
    definition="Looks for the target practices of one PL activity that saw them, before its first and after its last "
    "delivered session, from observations and apart from them from stops of shared walks. It describes, no more.",
    method_version=LOOK_FOR_APPLICATION,
    numerator_window="window_days before the first and after the last delivered session",
    denominator_window="the same days",
    counts=tuple(f"{name}_{phase}" for phase in ("before", "after") for name in ("seen", "looks", "people")),
    values=(
        ValueDefinition("before", "share", "seen, before the first session", "looks before", CLUSTERED_WILSON),
        ValueDefinition("after", "share", "seen, after the last session", "looks after", CLUSTERED_WILSON),
        ValueDefinition("difference", "share", "after less before", "looks of both", CLUSTERED_DIFFERENCE),
    ),
    dimensions=("activity", "school", "look_for"),
)
PREVALENCE = MeasureDefinition(
    name="walk_prevalence",
    title="How often a learning walk saw what it looked for",
    definition="Stops that saw a look-for, of the stops that looked for it, for each walk that was shared; and what "
    "changed since the walk before it, at the same school and for the same look-for.",
    method_version=WALK_PREVALENCE,
    numerator_window="the walk",
    denominator_window="the walk",
    counts=("seen", "stops", "seen_before", "stops_before"),
    values=(
        ValueDefinition("prevalence", "share", "stops that saw it", "stops that looked for it", WILSON),
        ValueDefinition("change", "share", "prevalence less that of the walk before", "stops of both", NEWCOMBE),
    ),
    dimensions=("school", "walk", "look_for"),
)
CONSISTENCY = MeasureDefinition(
    name="agreement_consistency",
    title="How often what a school agreed on is seen, and how far its classes differ",
    definition="Looks for the look-fors of a ratified agreement that saw them while it held, at each school that it "
    "holds for, from observations and apart from them from stops of shared walks.",
    method_version=AGREEMENT_CONSISTENCY,
    numerator_window="from ratified_on up to ended_on, as known by as_of",
    denominator_window="the same",
    counts=("seen", "looks", "people", "classes"),
    values=(
        ValueDefinition("prevalence", "share", "looks that saw it", "looks", CLUSTERED_WILSON),
        ValueDefinition(
            "between_class_variance",
            "share squared",
            "variance of the classes' shares beyond that of their own looks; negative: no more than chance",
            "classes",
            BETWEEN_GROUPS,
        ),
    ),
    dimensions=("agreement", "school", "source"),
)
INFORMED = MeasureDefinition(
    name="walks_informed",
    title="Which share of the learning walks informed something within thirty days",
    definition="Debriefed walks from which an evidence link leads to professional learning, a coaching cycle or an "
    "action. A walk whose thirty days still run is told apart and never left out.",
    method_version=WALKS_INFORMED,
    numerator_window="30 days from the debrief, as known by as_of",
    denominator_window="debriefed by as_of",
    counts=("walks", "over", "informed", "pending", "informed_early"),
    values=(
        ValueDefinition("informed_within_30_days", "share", "informed in time", "walks whose 30 days are over", WILSON),
        ValueDefinition(
            "informed_by_30_days_with_pending",
            "share",
            "informed by the thirtieth day, with those that still wait (Kaplan-Meier)",
            "walks",
            KAPLAN_MEIER,
        ),
        ValueDefinition("median_days", "days", "from the debrief to the first link", "walks", KAPLAN_MEIER),
    ),
    dimensions=("school",),
)
# By school and month, all with the same parameters; the others have parameters, and a route, of their own.
BY_SCHOOL_AND_MONTH = (LATENCY, COVERAGE, DOSE)
MEASURES = {measure.name: measure for measure in (*BY_SCHOOL_AND_MONTH, APPLICATION, PREVALENCE, CONSISTENCY, INFORMED)}

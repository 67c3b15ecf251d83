from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.observations.expectation_policies.schemas import Ask, ObserverKind
from services.observations.observations.rules import ObservationType
from services.observations.wire import AsOfDay, Interval
from shared.access.purposes import Purpose
from shared.paging import ListQuery
from shared.wire import Id, Read


class ExpectationState(StrEnum):
    """`open` and `overdue` are not met; who is not at work that day, or is excused, is no part of a denominator.

    To whom leaves are not told it is as if nobody were on leave: `not_at_work` is then who has left.
    """

    UPCOMING = "upcoming"
    OPEN = "open"
    OVERDUE = "overdue"
    MET = "met"
    NOT_AT_WORK = "not_at_work"
    EXCUSED = "excused"


class ExpectationRead(Read):
    id: UUID = Field(description="stays the same as long as the policy asks the same of the same person")
    policy_id: UUID
    policy_version: int
    rule: str
    ask: str
    window: str
    purpose: Purpose
    teacher_id: UUID
    school_id: UUID
    begin_date: date = Field(description="the window's first day on which the person was at work")
    due_date: date = Field(description="the window's, later by the days of leave in it to whom leaves are told")
    end_date: date = Field(description="the last day on which it can be made up")
    as_of: date
    state: ExpectationState
    observations: int = Field(description="that counted by the end of that day")
    of_observations: int
    made_at: datetime | None = Field(
        description="when its facts or its policy last changed it; null to whom leaves are not told"
    )


class ExpectationQuery(ListQuery):
    as_of: AsOfDay = None
    state: ExpectationState | None = None
    teacher_id: Id | None = None
    school_id: Id | None = None
    policy_id: Id | None = None
    purpose: Purpose | None = None


class DomainProgress(Read):
    domain_id: UUID
    observations: int
    of_observations: int
    minutes: int
    of_minutes: int


class Progress(Read):
    """What is there, and `of` how many. `lacking` names what is not there yet."""

    observations: int
    of_observations: int
    minutes: int
    of_minutes: int
    domain_observations: int
    of_domain_observations: int
    unannounced: int
    of_unannounced: int = Field(description="of those that count, rounded up")
    domains: list[DomainProgress] | None = Field(description="null if some of what counts is not yours to read")
    lacking: list[str]


class ExpectationFacts(Read):
    """What was so on the first day in the window."""

    day: date
    assignment_id: UUID
    position: str
    fte: float
    licence_level: str | None
    career_stage: str | None
    rating_band: int | None = Field(default=None, description="null also where the ask is not of an evaluation")
    rating_year: int | None = None


class CountedObservation(Read):
    observation_id: UUID
    day: date = Field(description="in the school's own time")
    type: ObservationType
    minutes: int
    domains: list[UUID] | None = Field(description="null if it is not yours to read")
    announced: bool | None
    observer_kinds: list[ObserverKind]
    counts: bool
    lacks: str | None = Field(description="why it does not count: type, observer or date")


class Stretch(Read):
    begin_date: date
    end_date: date


class ExpectationExplained(ExpectationRead):
    asked: Ask
    share: float | None = Field(description="of the numbers asked, where they are prorated; null as `at_work`")
    facts: ExpectationFacts
    because: list[str]
    days: int
    days_at_work: int | None = Field(description="null as `at_work`")
    at_work: list[Stretch] | None = Field(description="null for whom leaves are no business of")
    progress: Progress
    counted: list[CountedObservation]


class ExpectationSummaryQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    as_of: AsOfDay = None
    policy_id: Id | None = None
    school_id: Id | None = None
    purpose: Purpose | None = None


class ExpectationSummary(Read):
    """How many of the expectations that you see stand how: a count of rows, each of which you may read by itself."""

    school_id: UUID
    purpose: Purpose
    people: int = Field(description="of whom something is expected, and who are at work: the n of `met_share`")
    eligible: int = Field(description="the denominator: met, open and overdue")
    met: int
    open: int
    overdue: int
    upcoming: int
    not_at_work: int
    excused: int
    met_share: float | None = Field(description="met of eligible; null with a `reason`")
    interval: Interval | None = Field(
        description="Wilson's of `met_share`, at 95 %, as of so many people: what is asked of one is met together"
    )
    suppressed: bool = Field(description="fewer people than `n_min`: no share is told of them")
    reason: str | None = Field(description="below_minimum_n or empty_denominator")


class ExpectationSummaries(Read):
    as_of: date
    method_version: str
    n_min: int
    data: list[ExpectationSummary]

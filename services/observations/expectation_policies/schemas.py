from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.observations.observations.rules import ObservationType
from services.observations.prior_ratings.schemas import Band, SchoolYear
from services.observations.wire import Part
from shared.access.purposes import Purpose
from shared.paging import ResourceQuery
from shared.wire import Day, Id, Key, Name, ResourceRead, Wire, whole


class ObserverKind(StrEnum):
    """How the observer stands to the observed on the day of the visit."""

    EVALUATOR = "evaluator"
    ADMINISTRATIVE_LEADER = "administrative_leader"
    SCHOOL_LEADER = "school_leader"
    COACH = "coach"
    MENTOR = "mentor"
    SUPERVISOR = "supervisor"
    PEER = "peer"


Observations = Annotated[int, Field(ge=0, le=100), BeforeValidator(whole)]
TotalMinutes = Annotated[int, Field(ge=0, le=10_000), BeforeValidator(whole)]
Days = Annotated[int, Field(ge=0, le=366), BeforeValidator(whole)]


class Window(Part):
    """Days within which something is expected. What comes late counts until its last day."""

    key: Key
    begin_date: Day
    due_date: Day
    end_date: Day | None = Field(default=None, description="the last day on which it can be made up; null: `due_date`")


class DomainAsked(Part):
    domain_id: Id = Field(description="a domain of the framework, the same in all of its versions")
    observations: Observations = Field(default=1, description="observations that cover it")
    minutes: TotalMinutes = Field(default=0, description="minutes of the observations that cover it")


class Ask(Part):
    """What is to be there by the end of a window: all of it."""

    key: Key
    window: Key = Field(description="the key of one of the policy's windows")
    purpose: Annotated[Purpose, Field(strict=False)] = Purpose.EVALUATION
    types: list[Annotated[ObservationType, Field(strict=False)]] = Field(
        default_factory=list, max_length=10, description="only these count; empty: all"
    )
    by: list[Annotated[ObserverKind, Field(strict=False)]] = Field(
        default_factory=list, max_length=10, description="only observers of these kinds count; empty: all"
    )
    observations: Observations = 0
    minutes: TotalMinutes = Field(default=0, description="from beginning to end; one without an end has none")
    domain_observations: Observations = Field(
        default=0, description="domains covered, added up over the observations: two domains in one visit are two"
    )
    domains: list[DomainAsked] = Field(default_factory=list, max_length=20)
    unannounced_share: float = Field(
        default=0, ge=0, le=1, description="of what counts; an observation that does not say is announced"
    )
    least_days: Days = Field(default=0, description="who is at work on fewer days of the window is excused")
    prorated: bool = Field(default=False, description="numbers shrink with the days at work, rounded up")


class Rule(Part):
    """Whom it is about. An empty list asks nothing; the first rule of the policy that fits somebody holds, and a rule
    without `asks` excuses."""

    key: Key
    licence_levels: list[Key] = Field(default_factory=list, max_length=20)
    career_stages: list[Key] = Field(default_factory=list, max_length=20)
    rating_bands: list[Band] = Field(
        default_factory=list, max_length=9, description="of the last rating before the policy's school year"
    )
    unrated: bool | None = Field(
        default=None, description="true: also, or without `rating_bands` only, who has no rating; false: who has one"
    )
    fte_from: float = Field(default=0, ge=0, le=1)
    asks: list[Ask] = Field(default_factory=list, max_length=20)


class ExpectationPolicyWrite(Wire):
    """Declared for a part of a school year. Rows follow it: see `GET /v1/expectations`."""

    name: Name
    school_year: SchoolYear
    begin_date: Day
    end_date: Day
    positions: list[Key] = Field(
        default_factory=lambda: ["teacher"], min_length=1, max_length=20, description="of staff assignments"
    )
    remind_before_days: Days = Field(default=7, description="how long before its day `expectation.due` is told")
    windows: list[Window] = Field(min_length=1, max_length=20)
    rules: list[Rule] = Field(min_length=1, max_length=50)


class ExpectationPolicyRead(ResourceRead):
    name: str
    school_year: int
    begin_date: date
    end_date: date
    positions: list[str]
    remind_before_days: int
    windows: list[Window]
    rules: list[Rule]
    job_id: UUID | None = Field(description="the job that lets the rows follow its latest change")


class ExpectationPolicyQuery(ResourceQuery):
    school_year: SchoolYear | None = None

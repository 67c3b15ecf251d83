from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.observations.expectation_policies.schemas import ObserverKind
from services.observations.observations.rules import Subject
from services.observations.wire import AsOfDay
from shared.paging import ResourceQuery
from shared.wire import Day, Id, Name, ResourceRead, Wire, whole

EveryDays = Annotated[
    int,
    Field(ge=1, le=366, description="at most so many days at work from one to the next: leaves do not count"),
    BeforeValidator(whole),
]
RemindBefore = Annotated[
    int,
    Field(ge=0, le=366, description="how long before its due date `feedback_target.due` is told"),
    BeforeValidator(whole),
]


class TargetState(StrEnum):
    UPCOMING = "upcoming"
    ON_TIME = "on_time"
    OVERDUE = "overdue"
    NOT_AT_WORK = "not_at_work"
    OVER = "over"


class FeedbackTargetWrite(Wire):
    """Feedback for growth: what was shared of observations for coaching. An evaluation counts towards no target."""

    teacher_id: Id
    school_id: Id = Field(description="where the teacher is staff; visits at this school count")
    subject: Annotated[Subject, Field(strict=False)] | None = Field(
        default=None, description="only of visits to the person as that; null: whatever as"
    )
    every_days: EveryDays
    remind_before_days: RemindBefore = 2
    by: list[Annotated[ObserverKind, Field(strict=False)]] = Field(
        default_factory=list, max_length=10, description="from observers of these kinds; empty: from anybody"
    )
    content_area: Name | None = Field(
        default=None, description="from a content expert: whose staff assignment that day has it among its `subjects`"
    )
    begin_date: Day
    end_date: Day | None = None


class FeedbackTargetRead(ResourceRead):
    teacher_id: UUID
    school_id: UUID
    subject: Subject | None
    every_days: int
    remind_before_days: int
    by: list[ObserverKind]
    content_area: str | None
    begin_date: date
    end_date: date | None
    as_of: date
    state: TargetState
    given: int = Field(description="how often it came by the end of that day")
    last_given_on: date | None
    due_date: date = Field(description="when the next is due; days of leave put it off to whom leaves are told")


class FeedbackTargetQuery(ResourceQuery):
    as_of: AsOfDay = None
    overdue: bool | None = None
    teacher_id: Id | None = None
    school_id: Id | None = None

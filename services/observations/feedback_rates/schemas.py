from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.observations.observations.rules import Subject
from services.observations.wire import Interval
from shared.wire import Day, Id, Read


class FeedbackRateQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    begin_date: Day = Field(description="the first day of sharing that counts (UTC)")
    end_date: Day = Field(description="the last; at most 366 days, and none that has not begun counts")
    school_id: Id | None = None
    subject: Annotated[Subject, Field(strict=False)] = Field(
        default=Subject.TEACHER, description="as what they were observed, and are staff"
    )


class Rate(Read):
    """Events for each person and month at work."""

    events: int | None
    value: float | None = Field(description="null without a month at work, or suppressed")
    interval: Interval | None = Field(description="at 95 %, exact for a Poisson count (Garwood 1936)")


class Answered(Read):
    """Of the events of `total`, how many had come so far when they were counted."""

    events: int | None
    value: float | None = Field(description="null without an event, or suppressed")
    interval: Interval | None = Field(description="Wilson's, at 95 %")


class FeedbackRate(Read):
    n: int | None = Field(description="people who were at work there as that in that time; null if suppressed")
    teacher_months: float | None = Field(description="their days at work by 30.4375; leaves are no part of them")
    total: Rate
    by_expert: Rate = Field(description="the observer's assignment is for a subject of the class or of the teacher")
    by_other: Rate
    unknown: Rate = Field(description="no subject is known of one of the two")
    read: Answered
    responded: Answered = Field(description="answered, or rebutted")
    followed_up: Answered
    suppressed: bool
    reason: str | None = Field(
        description="below_minimum_n, complementary (what is hidden would follow from it), or empty_denominator"
    )


class SchoolFeedbackRate(FeedbackRate):
    school_id: UUID
    school_name: str


class FeedbackRates(Read):
    subject: Subject
    begin_date: date
    end_date: date
    as_of: date = Field(description="the day (UTC) whose facts were counted: what is said later may change the numbers")
    n_min: int
    method_version: str
    answered_method_version: str
    total: FeedbackRate = Field(description="of all of `data`; somebody at two schools is one of `n`")
    data: list[SchoolFeedbackRate]

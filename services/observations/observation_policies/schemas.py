from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.observations.observations.rules import CompletionMode, ObservationType
from services.observations.wire import Part
from shared.wire import Read, Wire, whole


class ClockUnit(StrEnum):
    HOURS = "hours"
    SCHOOL_DAYS = "school_days"


class TypePolicy(Part):
    """A new observation of the type takes this along; a later change is for later ones."""

    completion: Annotated[CompletionMode, Field(strict=False)] = CompletionMode.FORMAL
    pre_conference: bool = Field(default=False, description="to be held before the visit starts")
    post_conference: bool = Field(default=False, description="to be held before it is locked")


class FeedbackClock(Part):
    """48 hours from the start of the visit, or the end of the 5th school day after its day, in the school's zone."""

    unit: Annotated[ClockUnit, Field(strict=False)]
    amount: Annotated[int, Field(ge=1, le=2000), BeforeValidator(whole)]


_Days = Annotated[int, Field(ge=0, le=366), BeforeValidator(whole)]
_Hours = Annotated[int, Field(ge=0, le=2000), BeforeValidator(whole)]


class ObservationPolicyWrite(Wire):
    types: dict[Annotated[ObservationType, Field(strict=False)], TypePolicy] = Field(
        default_factory=dict, description="a type that is not named is completed formally and has no conferences"
    )
    feedback_clock: FeedbackClock
    read_within_days: _Days = Field(description="days to read shared feedback, after which it may be locked unread")
    remind_before_hours: _Hours = Field(
        default=24, description="how long before the deadline `observation.feedback_due` is told"
    )


class ObservationPolicyRead(Read):
    id: UUID = Field(description="the district's: it has one policy")
    version: int = Field(description="what the ETag says; 0 as long as the district has none of its own")
    created_at: datetime | None
    updated_at: datetime | None
    types: dict[ObservationType, TypePolicy] = Field(description="all types, with what holds for each")
    feedback_clock: FeedbackClock
    read_within_days: int
    remind_before_hours: int

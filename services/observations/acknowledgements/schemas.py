from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.paging import ResourceQuery
from shared.wire import Day, Id, Read, ResourceRead, Wire


class AcknowledgementCreate(Wire):
    framework_version_id: Id = Field(description="a published version that is not retired")


class AcknowledgementRead(ResourceRead):
    framework_version_id: UUID
    person_id: UUID
    acknowledged_at: datetime


class AcknowledgementQuery(ResourceQuery):
    framework_version_id: Id | None = None
    person_id: Id | None = None


class SharesQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    as_of: Day | None = Field(default=None, description="who was staff that day, and had read it by its end (UTC)")


class SchoolShare(Read):
    """A count of all staff and no sample, hence without an interval."""

    school_id: UUID
    school_name: str
    eligible: int | None = Field(description="the n: people with a role at the school that day; null if suppressed")
    acknowledged: int | None = Field(description="those of them who had acknowledged; null if suppressed")
    share: float | None = Field(description="acknowledged of eligible; null if suppressed or nobody is eligible")
    suppressed: bool
    reason: str | None = Field(description="why there is no share: below_minimum_n or empty_denominator")


class AcknowledgementShares(Read):
    framework_version_id: UUID
    as_of: date
    n_min: int
    method_version: str
    data: list[SchoolShare]

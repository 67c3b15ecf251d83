from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.observations.observations.rules import Subject
from shared.paging import ResourceQuery
from shared.wire import Day, Id, Read, ResourceRead, Wire


class FrameworkEnablementWrite(Wire):
    framework_version_id: Id = Field(description="a published version")
    org_id: Id | None = Field(default=None, description="a school, or an org with all below it; null: everywhere")
    role: Annotated[Subject, Field(strict=False)] | None = Field(
        default=None, description="as what somebody is observed; null: whatever it is"
    )
    begin_date: Day
    end_date: Day | None = Field(default=None, description="the last day; null: until further notice")

    @model_validator(mode="after")
    def ends_after_it_begins(self) -> Self:
        if self.end_date is not None and self.end_date < self.begin_date:
            raise ValueError("end_date must not lie before begin_date")
        return self


class FrameworkEnablementRead(ResourceRead):
    framework_version_id: UUID
    framework_id: UUID
    org_id: UUID | None
    role: Subject | None
    begin_date: date
    end_date: date | None


class FrameworkEnablementQuery(ResourceQuery):
    framework_version_id: Id | None = None
    org_id: Id | None = None
    as_of: Day | None = Field(default=None, description="those that hold on this day")


class EnabledQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    as_of: Day | None = Field(default=None, description="a day of the schools; default: today (UTC)")
    school_id: Id | None = None
    role: Subject | None = None


class EnabledVersion(Read):
    school_id: UUID
    school_name: str
    role: Subject
    framework_id: UUID
    framework_version_id: UUID
    enablement_id: UUID = Field(description="the row that decides: the nearest to the school, then the one of the role")


class EnabledVersions(Read):
    as_of: date
    restricted: bool = Field(
        description="false: the district has enabled nothing by that day, so every published version may be used"
    )
    data: list[EnabledVersion]

from datetime import date
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from services.observations.agreements.rules import State
from shared.paging import ResourceQuery
from shared.wire import Day, Id, Name, ResourceRead, Text, Wire


class AgreementWrite(Wire):
    org_id: Id = Field(description="the school, or an organisation whose schools all agree")
    title: Name
    statement: Text = Field(description="what everybody does, in words that can be seen in a classroom")
    framework_version_id: Id = Field(description="the published version that has its look-fors; it may be the school's")
    look_for_ids: list[Id] = Field(min_length=1, max_length=10, description="what shows it: look-fors, seen or counted")
    supersedes_id: Id | None = Field(default=None, description="a ratified agreement of the same place, replaced by it")

    @model_validator(mode="after")
    def names_each_once(self) -> Self:
        if len(set(self.look_for_ids)) < len(self.look_for_ids):
            raise ValueError("look_for_ids name each one once")
        return self


class Ratification(Wire):
    ratified_on: Day
    decision_ref: Name | None = Field(
        default=None, description="where the decision is recorded: an id or a place, such as minutes of a meeting"
    )


class Ending(Wire):
    ended_on: Day = Field(description="the first day on which it holds no more")


class AgreementRead(ResourceRead):
    org_id: UUID
    title: str
    statement: str
    framework_version_id: UUID
    look_for_ids: list[UUID]
    supersedes_id: UUID | None
    number: int = Field(description="1, and one more than that of the agreement whose place it takes")
    state: State
    ratified_on: date | None
    decision_ref: str | None
    ended_on: date | None = Field(description="the first day on which it holds no more")


class AgreementQuery(ResourceQuery):
    org_id: Id | None = None
    state: State | None = None
    as_of: Day | None = Field(default=None, description="those that hold on this day")

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.districts.erasures.rules import ErasureReason, ErasureState, ErasureSubject
from shared.errors import Problem
from shared.paging import ListQuery
from shared.wire import Id, Key, Read, Wire


class ErasureAsk(Wire):
    """Of one person: `person_id`. Of what is over: the subject `retention`."""

    subject: Annotated[ErasureSubject, Field(strict=False)] = ErasureSubject.PERSON
    person_id: Id | None = None
    reason: Annotated[ErasureReason, Field(strict=False)]
    reference: Key | None = Field(default=None, description="a ticket's number, say; never a name")

    @model_validator(mode="after")
    def names_a_person_or_none(self) -> Self:
        if (self.subject is ErasureSubject.PERSON) != (self.person_id is not None):
            raise ValueError("person_id goes with the subject person, and with no other")
        return self


class ErasedRows(Read):
    rows: int
    samples: list[UUID] = Field(description="a few of their ids")


class ErasureRead(Read):
    """An erasure: `planned` is what it would change, by service and table, `applied` what it did."""

    id: UUID
    subject: ErasureSubject
    person_id: UUID | None
    reason: ErasureReason
    reference: str | None
    state: ErasureState
    possible: list[str]
    years: dict[str, int] = Field(description="the rules that it goes by, of the subject retention")
    planned: dict[str, dict[str, ErasedRows]]
    applied: dict[str, dict[str, ErasedRows]]
    held: list[UUID] = Field(description="people whom a legal hold leaves out, of the subject retention")
    problem: Problem | None
    requested_by: str
    applied_by: str | None
    applied_at: datetime | None
    job: str
    version: int
    created_at: datetime

    @classmethod
    def address(cls, row: Any, possible: list[str]) -> dict[str, Any]:
        return {"job": f"/v1/jobs/districts/{row.job_id}", "possible": possible}


class ErasureQuery(ListQuery):
    person_id: Id | None = None
    state: Annotated[ErasureState | None, Field(strict=False)] = None

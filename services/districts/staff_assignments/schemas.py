from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.districts.dated import DatedQuery, DatedRead, DatedWrite
from services.districts.staff_assignments.rules import POSITIONS, CareerStage, LicenceLevel
from services.districts.vocabulary import words
from shared.wire import Id, Key, Name, Partial, Read

Position = Annotated[
    str,
    Field(
        pattern=words(POSITIONS),
        description="a staff classification of Ed-Fi in our words, or an extension of it: `ext:equityLead`",
    ),
]
Fte = Annotated[float, Field(gt=0, le=1, description="the part of a full position")]
Licence = Annotated[str, Field(pattern=words(LicenceLevel), description="or an extension: `ext:nationalBoard`")]
Stage = Annotated[str, Field(pattern=words(CareerStage))]


class StaffAssignmentWrite(DatedWrite):
    """Nobody holds the same position at the same organisation twice on one day."""

    person_id: Id
    org_id: Id
    position: Position
    fte: Fte = 1.0
    licence_level: Licence | None = None
    career_stage: Stage | None = None
    subjects: list[Name] = Field(
        default_factory=list,
        max_length=20,
        description="the content areas that it is for, in the words of the classes' subjects: who is an expert in what",
    )


class StaffAssignmentPatch(Partial, StaffAssignmentWrite):
    """A merge patch: what is left out stays."""


class StaffWarning(Read):
    """Something unlikely that is kept as it was said: `fte_above_one`, with the days and what is reached on them."""

    code: str
    message: str
    begin_date: date
    end_date: date | None
    fte: float


class StaffAssignmentRead(DatedRead):
    person_id: UUID
    org_id: UUID
    position: str
    staff_classification: str = Field(description="the position as Ed-Fi says it")
    fte: float
    licence_level: str | None
    career_stage: str | None
    subjects: list[str]
    warnings: list[StaffWarning]


class StaffAssignmentQuery(DatedQuery):
    person_id: Id | None = None
    org_id: Id | None = None
    position: Key | None = None
    licence_level: Key | None = None
    career_stage: Key | None = None

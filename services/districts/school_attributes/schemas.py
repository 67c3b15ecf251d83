from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.districts.dated import DatedQuery, DatedRead, DatedWrite
from services.districts.school_attributes.rules import Designation, Locale, TitleI
from shared.wire import Count, Id, Partial, Wire, whole

SchoolYear = Annotated[
    int, Field(ge=1900, le=9998, description="the year in which the school year ends"), BeforeValidator(whole)
]
_TitleI = Annotated[TitleI, Field(strict=False)]
_Locale = Annotated[Locale, Field(strict=False)]
_Designation = Annotated[Designation, Field(strict=False)]
Group = Annotated[Count | None, Field(default=None)]


class EnrollmentCounts(Wire):
    """Students, as they were counted: all of them, and by group. What is not known is left out."""

    total: Count
    american_indian_or_alaska_native: Group
    asian: Group
    black_or_african_american: Group
    hispanic_or_latino: Group
    native_hawaiian_or_pacific_islander: Group
    white: Group
    two_or_more_races: Group
    female: Group
    male: Group
    other_sex: Group
    economically_disadvantaged: Group
    english_learners: Group
    students_with_disabilities: Group
    homeless: Group
    foster_care: Group
    migrant: Group
    gifted: Group


class SchoolAttributesWrite(DatedWrite):
    """An organisation has one set of attributes on a day. Enrollment is a school's: what stands above is their sum."""

    org_id: Id
    school_year: SchoolYear
    title_i: _TitleI | None = None
    need_index: Annotated[float | None, Field(ge=0, le=1, description="0: least need, 1: most; the district's own")] = (
        None
    )
    locale: _Locale | None = None
    designation: _Designation | None = None
    enrollment: EnrollmentCounts | None = None


class SchoolAttributesPatch(Partial, SchoolAttributesWrite):
    """A merge patch: what is left out stays; enrollment is replaced as a whole."""


class SchoolAttributesRead(DatedRead):
    org_id: UUID
    school_year: int
    title_i: str | None
    need_index: float | None
    locale: str | None
    designation: str | None
    enrollment: dict[str, int | None] | None = Field(description="students by group; null: hidden, see `suppressed`")
    suppressed: list[str] = Field(description="groups whose number is hidden")
    suppression_note: str | None = Field(description="why numbers are hidden; null if none is")


class SchoolAttributesQuery(DatedQuery):
    org_id: Id | None = None
    school_year: Annotated[int | None, Field(ge=1900, le=9998)] = None
    title_i: TitleI | None = None

from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from shared.paging import ResourceQuery
from shared.wire import Id, ResourceRead, Wire, whole

SchoolYear = Annotated[
    int, Field(ge=1900, le=2200, description="the year in which the school year ends"), BeforeValidator(whole)
]
Band = Annotated[int, Field(ge=1, le=9, description="as the district counts its bands"), BeforeValidator(whole)]


class PriorRatingWrite(Wire):
    """One for each person and school year. It is personnel data: coaches and school leaders never see it."""

    teacher_id: Id
    school_id: Id = Field(description="where it was given: who administers that school sees it")
    school_year: SchoolYear
    band: Band


class PriorRatingRead(ResourceRead):
    teacher_id: UUID
    school_id: UUID
    school_year: int
    band: int


class PriorRatingQuery(ResourceQuery):
    teacher_id: Id | None = None
    school_id: Id | None = None
    school_year: SchoolYear | None = None

from uuid import UUID

from services.districts.rostered import RosterQuery
from shared.wire import Id, Name, Partial, ResourceRead, Wire


class CourseWrite(Wire):
    """What can be corrected by hand; the rest is the roster's to say."""

    title: Name
    course_code: Name | None = None


class CoursePatch(Partial, CourseWrite):
    """A merge patch: what is left out stays."""


class CourseRead(ResourceRead):
    sourced_id: str
    source: str
    title: str
    course_code: str | None
    grades: list[str]
    subjects: list[str]
    subject_codes: list[str]
    org_id: UUID | None
    school_year_id: UUID | None


class CourseQuery(RosterQuery):
    org_id: Id | None = None
    school_year_id: Id | None = None

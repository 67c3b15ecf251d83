from uuid import UUID

from pydantic import Field

from services.districts.rostered import RosterQuery
from shared.wire import ExternalIds, Id, Name, Partial, ResourceRead, Wire


class ClassWrite(Wire):
    """What can be corrected by hand; the rest is the roster's to say."""

    title: Name
    class_code: Name | None = None
    location: Name | None = None
    external_ids: ExternalIds


class ClassPatch(Partial, ClassWrite):
    """A merge patch: what is left out stays."""


class ClassRead(ResourceRead):
    sourced_id: str
    source: str
    title: str
    class_code: str | None
    class_type: str | None
    location: str | None
    grades: list[str]
    subjects: list[str]
    subject_codes: list[str]
    periods: list[str]
    course_id: UUID
    org_id: UUID = Field(description="the school")
    term_ids: list[UUID]
    external_ids: dict[str, str]


class ClassQuery(RosterQuery):
    org_id: Id | None = None
    course_id: Id | None = None
    term_id: Id | None = None

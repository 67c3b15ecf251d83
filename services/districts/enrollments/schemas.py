from datetime import date
from uuid import UUID

from pydantic import Field

from services.districts.dated import AsOf
from services.districts.rostered import RosterQuery
from shared.wire import Day, Id, Key, Partial, ResourceRead, Wire


class EnrollmentWrite(Wire):
    """What can be corrected by hand; the rest is the roster's to say."""

    is_primary: bool | None = None
    begin_date: Day | None = None
    end_date: Day | None = None


class EnrollmentPatch(Partial, EnrollmentWrite):
    """A merge patch: what is left out stays."""


class EnrollmentRead(ResourceRead):
    sourced_id: str
    source: str
    class_id: UUID
    org_id: UUID = Field(description="the school")
    person_id: UUID
    role: str
    is_primary: bool | None
    begin_date: date | None
    end_date: date | None


class EnrollmentQuery(RosterQuery):
    class_id: Id | None = None
    org_id: Id | None = None
    person_id: Id | None = None
    role: Key | None = None
    as_of: AsOf = None

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.coaching.pl_sessions.rules import State
from shared.paging import ResourceQuery
from shared.wire import Id, Instant, Minutes, Name, Read, ResourceRead, Wire


class PLSessionWrite(Wire):
    activity_id: Id
    title: Name | None = None
    facilitator_id: Id | None = None
    starts_at: Instant
    minutes: Minutes = Field(description="planned length")


class AttendanceWrite(Wire):
    person_id: Id
    minutes: Minutes


class Delivery(Wire):
    """Who came, and for how long. Delivering again replaces the attendance: a correction."""

    delivered_at: Instant | None = Field(default=None, description="needs the scope backfill; else now")
    attendance: list[AttendanceWrite] = Field(max_length=2000)


class PLAttendanceRead(Read):
    person_id: UUID
    minutes: int


class PLSessionRead(ResourceRead):
    """`attendance` holds whom the caller may see: everybody for a leader or machine, oneself for anybody else."""

    activity_id: UUID
    title: str | None
    facilitator_id: UUID | None
    starts_at: datetime
    minutes: int
    state: State
    delivered_at: datetime | None
    attendance: list[PLAttendanceRead]


class PLSessionQuery(ResourceQuery):
    activity_id: Id | None = None

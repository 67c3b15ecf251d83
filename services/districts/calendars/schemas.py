from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from services.districts.calendars.rules import Kind
from services.districts.dated import DatedQuery, DatedRead, DatedWrite
from services.districts.schedules.rules import is_zone
from services.districts.school_attributes.schemas import SchoolYear
from shared.wire import Day, Id, Name, Partial, Read, Wire, whole


def _known(zone: str) -> str:
    if not is_zone(zone):
        raise ValueError("is no time zone of the IANA database")
    return zone


TimeZone = Annotated[
    str,
    Field(min_length=1, max_length=64, description="of the IANA database: America/New_York"),
    AfterValidator(_known),
]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="local time, 24 hours: 08:05")]
Weekday = Annotated[int, Field(ge=1, le=7), BeforeValidator(whole)]
Weekdays = Annotated[list[Weekday], Field(max_length=7, description="ISO: 1 is Monday, 7 is Sunday")]
_DayKind = Annotated[Kind, Field(strict=False)]


class CalendarDay(Wire):
    """A day that is not as its weekday usually is, or has other bells."""

    date: Day
    kind: _DayKind
    label: Name | None = None
    bell_schedule: Name | None = Field(default=None, description="the name of one; null: the weekday's usual one")


class BellPeriod(Wire):
    name: Name
    begin: Clock
    end: Clock


class BellSchedule(Wire):
    """When the periods are; `weekdays` are those on which it is the usual one."""

    name: Name
    weekdays: Weekdays = Field(default_factory=list)
    periods: Annotated[list[BellPeriod], Field(min_length=1, max_length=40)]


class CalendarWrite(DatedWrite):
    """An organisation has one calendar on a day. A school's says only what differs from those above it."""

    org_id: Id
    name: Name
    school_year: SchoolYear
    end_date: Day = Field(description="the last day")
    time_zone: TimeZone | None = Field(default=None, description="null: as above; needed where nothing is above")
    weekdays: Weekdays | None = Field(default=None, description="with school; null: as above, else Monday to Friday")
    days: Annotated[list[CalendarDay], Field(max_length=800)] = Field(default_factory=list)
    bell_schedules: Annotated[list[BellSchedule], Field(max_length=40)] = Field(default_factory=list)


class CalendarPatch(Partial, CalendarWrite):
    """A merge patch: what is left out stays; days and bell_schedules are replaced as a whole."""


class CalendarDayRead(Read):
    date: date
    kind: str
    label: str | None
    bell_schedule: str | None


class BellPeriodRead(Read):
    name: str
    begin: str
    end: str


class BellScheduleRead(Read):
    name: str
    weekdays: list[int]
    periods: list[BellPeriodRead]


class CalendarRead(DatedRead):
    """The calendar as it was said; `/days` has what follows from it and from those above it."""

    org_id: UUID
    name: str
    school_year: int
    time_zone: str | None
    weekdays: list[int] | None
    days: list[CalendarDayRead]
    bell_schedules: list[BellScheduleRead]


class SchoolDayRead(CalendarDayRead):
    kind: str = Field(description="`instructional`, `staff_day`, `holiday`, `break`, `closure` or `weekend`")
    is_instructional: bool
    is_working: bool = Field(description="for the staff: instructional and staff days")


class CalendarDays(Read):
    """Every day of a stretch, with what the calendars above say where the school's own says nothing."""

    calendar_id: UUID
    org_id: UUID
    time_zone: str | None
    begin_date: date
    end_date: date
    instructional_days: int
    working_days: int
    bell_schedules: list[BellScheduleRead]
    days: list[SchoolDayRead]


class CalendarQuery(DatedQuery):
    org_id: Id | None = None
    school_year: Annotated[int | None, Field(ge=1900, le=9998)] = None
    applies_to: Annotated[Id | None, Field(description="those of this organisation and of all above it")] = None


class StretchQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    from_: Day | None = Field(default=None, alias="from", description="the first day; null: the calendar's first")
    to: Day | None = Field(default=None, description="the last day; null: the calendar's last")

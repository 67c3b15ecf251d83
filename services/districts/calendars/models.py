from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.districts.tables import JSON, Dated, unique_external_key


class Calendar(Dated, table=True):
    """The days of an organisation's school year. What is null or not listed is as it is above: see rules.py."""

    __tablename__ = "calendars"
    __table_args__ = (unique_external_key("calendars"), Index("ix_calendars_org", "district_id", "org_id"))

    org_id: UUID
    name: str
    school_year: int  # the year in which the school year ends
    time_zone: str | None = None
    weekdays: list[int] | None = Field(default=None, sa_type=JSON)
    days: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    bell_schedules: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)

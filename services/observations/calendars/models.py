from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.observations.tables import Table

JSON: Any = JSONB


class CopiedCalendar(Table, table=True):
    __tablename__ = "copied_calendars"
    __table_args__ = (Index("ix_copied_calendars_org", "district_id", "org_id"),)

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    archived: bool
    org_id: UUID
    time_zone: str | None = None
    weekdays: list[int] | None = Field(default=None, sa_type=JSON)
    days: list[dict[str, Any]] = Field(sa_type=JSON)
    begin_date: date
    end_date: date

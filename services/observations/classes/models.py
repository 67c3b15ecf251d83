from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, Text
from sqlmodel import Field, SQLModel

from services.observations.tables import Table
from shared.models import TIMESTAMP

_TEXTS: Any = ARRAY(Text)


class _Version(SQLModel):
    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    archived: bool
    changed_at: datetime = Field(sa_type=TIMESTAMP)
    title: str
    subjects: list[str] = Field(sa_type=_TEXTS)
    grades: list[str] = Field(sa_type=_TEXTS)


class CopiedCourse(_Version, Table, table=True):
    __tablename__ = "copied_courses"


class CopiedClass(_Version, Table, table=True):
    __tablename__ = "copied_classes"
    __table_args__ = (
        Index("ix_copied_classes_course", "district_id", "course_id"),
        Index("ix_copied_classes_org", "district_id", "org_id"),
    )

    org_id: UUID
    course_id: UUID
    periods: list[str] = Field(sa_type=_TEXTS)
    begin_date: date | None = None
    end_date: date | None = None

from datetime import date
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.observations.tables import Table


class CopiedStaffAssignment(Table, table=True):
    __tablename__ = "copied_staff_assignments"
    __table_args__ = (Index("ix_copied_staff_assignments_person", "district_id", "person_id"),)

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    archived: bool
    person_id: UUID
    org_id: UUID
    position: str
    fte: float
    licence_level: str | None = None
    career_stage: str | None = None
    begin_date: date
    end_date: date | None = None


class CopiedLeave(Table, table=True):
    __tablename__ = "copied_leaves"
    __table_args__ = (Index("ix_copied_leaves_person", "district_id", "person_id"),)

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    archived: bool
    person_id: UUID
    begin_date: date
    end_date: date | None = None

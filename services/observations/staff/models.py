from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, Text
from sqlmodel import Field

from services.observations.tables import Table

_TEXTS: Any = ARRAY(Text)


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
    subjects: list[str] | None = Field(default=None, sa_type=_TEXTS)  # null where an older event did not say
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


class CopiedRoleGrant(Table, table=True):
    """A role of leadership for a term. One that is only proposed does not hold."""

    __tablename__ = "copied_role_grants"
    __table_args__ = (Index("ix_copied_role_grants_person", "district_id", "person_id"),)

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    archived: bool
    person_id: UUID
    org_id: UUID
    role: str
    state: str
    begin_date: date
    end_date: date | None = None

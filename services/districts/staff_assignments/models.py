from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.districts.tables import TEXTS, Dated, unique_external_key


class StaffAssignment(Dated, table=True):
    """What somebody is where, for which part of a full position, from when to when."""

    __tablename__ = "staff_assignments"
    __table_args__ = (
        unique_external_key("staff_assignments"),
        Index("ix_staff_assignments_person", "district_id", "person_id", "org_id", "position"),
        Index("ix_staff_assignments_org", "district_id", "org_id"),
    )

    person_id: UUID
    org_id: UUID
    position: str
    fte: float
    licence_level: str | None = None
    career_stage: str | None = None
    subjects: list[str] = Field(default_factory=list, sa_type=TEXTS, sa_column_kwargs={"server_default": "{}"})

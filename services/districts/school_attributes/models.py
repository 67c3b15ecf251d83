from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.districts.tables import JSON, Dated, unique_external_key


class SchoolAttributes(Dated, table=True):
    """What a school is like in a school year, from when to when. Its enrollment is kept as it was counted."""

    __tablename__ = "school_attributes"
    __table_args__ = (
        unique_external_key("school_attributes"),
        Index("ix_school_attributes_org", "district_id", "org_id"),
    )

    org_id: UUID
    school_year: int  # the year in which the school year ends
    title_i: str | None = None
    need_index: float | None = None
    locale: str | None = None
    designation: str | None = None
    enrollment: dict[str, Any] | None = Field(default=None, sa_type=JSON)

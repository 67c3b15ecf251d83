from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, Uuid, text
from sqlmodel import Field

from services.districts.tables import FORMER, JSON, TEXTS, Shown, external_id_index, unique_shown_id, unique_sourced_id

_IDS: Any = ARRAY(Uuid)


class Class(Shown, table=True):
    """A class (section) of a course at a school."""

    __tablename__ = "classes"
    __table_args__ = (
        unique_sourced_id("classes"),
        unique_shown_id("classes"),
        external_id_index("classes"),
        Index("ix_classes_org", "district_id", "org_id"),
        Index("ix_classes_course", "district_id", "course_id"),
        Index("ix_classes_former", "district_id", "id", postgresql_where=text(f"source = '{FORMER}'")),
    )

    title: str
    class_code: str | None = None
    class_type: str | None = None
    location: str | None = None
    grades: list[str] = Field(default_factory=list, sa_type=TEXTS)
    subjects: list[str] = Field(default_factory=list, sa_type=TEXTS)
    subject_codes: list[str] = Field(default_factory=list, sa_type=TEXTS)
    periods: list[str] = Field(default_factory=list, sa_type=TEXTS)
    course_id: UUID
    org_id: UUID  # the school
    term_ids: list[UUID] = Field(default_factory=list, sa_type=_IDS)
    external_ids: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs={"server_default": "{}"})

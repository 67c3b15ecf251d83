from uuid import UUID

from sqlmodel import Field

from services.districts.tables import TEXTS, Rostered, unique_sourced_id


class Course(Rostered, table=True):
    __tablename__ = "courses"
    __table_args__ = (unique_sourced_id("courses"),)

    title: str
    course_code: str | None = None
    grades: list[str] = Field(default_factory=list, sa_type=TEXTS)
    subjects: list[str] = Field(default_factory=list, sa_type=TEXTS)
    subject_codes: list[str] = Field(default_factory=list, sa_type=TEXTS)
    org_id: UUID | None = None
    school_year_id: UUID | None = None  # a term of type schoolYear

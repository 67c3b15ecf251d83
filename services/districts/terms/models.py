from datetime import date
from uuid import UUID

from services.districts.tables import Rostered, unique_sourced_id


class Term(Rostered, table=True):
    """A period of the calendar: OneRoster's academicSession, whatever its `type` (schoolYear, semester, term ...)."""

    __tablename__ = "terms"
    __table_args__ = (unique_sourced_id("terms"),)

    title: str
    type: str
    start_date: date
    end_date: date
    parent_id: UUID | None = None
    school_year: int  # the year in which the school year ends

from datetime import date
from uuid import UUID

from sqlalchemy import Index, text

from services.districts.tables import Rostered, unique_sourced_id


class Enrollment(Rostered, table=True):
    """Somebody's seat in a class, as teacher or student. Students' seats leave only through OneRoster."""

    __tablename__ = "enrollments"
    __table_args__ = (
        unique_sourced_id("enrollments"),
        # By hash: rows come in the order of their sourcedIds, so classes come at random, and a tree's pages are then
        # searched, and its repeats packed again, for each row. No two districts have a class of the same id.
        Index("ix_enrollments_class", "class_id", postgresql_using="hash"),
        # Of staff only: a student's seats are found by class, and the index of all would cost a third of a first load.
        Index("ix_enrollments_person", "district_id", "person_id", postgresql_where=text("role <> 'student'")),
        Index("ix_enrollments_staff", "district_id", "id", postgresql_where=text("role <> 'student'")),
    )

    class_id: UUID
    org_id: UUID  # the school
    person_id: UUID
    role: str
    is_primary: bool | None = None
    begin_date: date | None = None
    end_date: date | None = None

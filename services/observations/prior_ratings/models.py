from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import Resource


class PriorRating(Resource, Table, table=True):
    __tablename__ = "prior_ratings"
    __table_args__ = (
        Index(
            "uq_prior_ratings_teacher_year", "district_id", "teacher_id", "school_year", unique=True,
            postgresql_where=text("archived_at is null"),
        ),
    )  # fmt: skip

    teacher_id: UUID
    school_id: UUID
    school_year: int = Field(description="the year in which it ends")
    band: int

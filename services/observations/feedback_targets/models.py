from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Index
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import TIMESTAMP, Resource

_DAYS: Any = ARRAY(Date)


class FeedbackTarget(Resource, Table, table=True):
    """`given` are the days on which feedback that counts was shared: they follow the observations."""

    __tablename__ = "feedback_targets"
    __table_args__ = (
        Index("ix_feedback_targets_teacher", "district_id", "teacher_id", "id"),
        Index("ix_feedback_targets_school", "district_id", "school_id", "id"),
    )

    teacher_id: UUID
    school_id: UUID
    subject: str | None = None
    every_days: int
    remind_before_days: int
    by: list[str] = Field(sa_type=JSONB)
    content_area: str | None = None
    begin_date: date
    end_date: date | None = None
    given: list[date] = Field(default_factory=list, sa_type=_DAYS, sa_column_kwargs={"server_default": "{}"})


class FeedbackTargetNotice(Table, table=True):
    """That it was told. Feedback, leave or another target moves the due date, which is told anew."""

    __tablename__ = "feedback_target_notices"

    district_id: UUID = Field(primary_key=True)
    target_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    due_date: date = Field(primary_key=True)
    told_at: datetime = Field(sa_type=TIMESTAMP)

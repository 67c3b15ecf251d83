from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field

from services.coaching.tables import Table
from shared.models import TIMESTAMP, Resource


class PLSession(Resource, Table, table=True):
    __tablename__ = "pl_sessions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "activity_id"], ["coaching.pl_activities.district_id", "coaching.pl_activities.id"]
        ),
        Index("ix_pl_sessions_activity", "district_id", "activity_id"),
    )

    activity_id: UUID
    title: str | None = None
    facilitator_id: UUID | None = None
    starts_at: datetime = Field(sa_type=TIMESTAMP)
    minutes: int
    state: str
    delivered_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class Attended(Table, table=True):
    """One person's presence in one session."""

    __tablename__ = "pl_attendance"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "session_id"], ["coaching.pl_sessions.district_id", "coaching.pl_sessions.id"]
        ),
        Index("ix_pl_attendance_person", "district_id", "person_id"),
    )

    district_id: UUID = Field(primary_key=True)
    session_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    minutes: int

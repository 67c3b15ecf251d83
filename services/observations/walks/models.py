from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import TIMESTAMP, Resource


class LearningWalk(Resource, Table, table=True):
    __tablename__ = "learning_walks"
    __table_args__ = (Index("ix_learning_walks_school", "district_id", "school_id"),)

    focus_question: str
    school_id: UUID
    framework_version_id: UUID
    look_for_ids: list[UUID] = Field(sa_type=ARRAY(Uuid))
    team_ids: list[UUID] = Field(sa_type=ARRAY(Uuid))
    scheduled_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    state: str
    started_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    debriefed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    shared_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    patterns: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    agreements: list[str] = Field(default_factory=list, sa_type=JSONB)
    draw: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    source: str = "live"


class WalkStop(Resource, Table, table=True):
    """One visit of a few minutes. `marks` and `evidence` are small and always read whole, so they stay with it."""

    __tablename__ = "walk_stops"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "walk_id"], ["observations.learning_walks.district_id", "observations.learning_walks.id"]
        ),
        Index("ix_walk_stops_walk", "district_id", "walk_id"),
    )

    walk_id: UUID
    at: datetime = Field(sa_type=TIMESTAMP)
    minutes: int
    grade: str | None = None
    subject: str | None = None
    marks: list[dict[str, Any]] = Field(sa_type=JSONB)
    evidence: list[dict[str, Any]] = Field(sa_type=JSONB)


class DebriefNotice(Table, table=True):
    """That it was told. Another start, or another calendar, makes another deadline."""

    __tablename__ = "debrief_notices"

    district_id: UUID = Field(primary_key=True)
    walk_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    due_at: datetime = Field(primary_key=True, sa_type=TIMESTAMP)
    told_at: datetime = Field(sa_type=TIMESTAMP)

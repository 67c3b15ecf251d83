from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import TIMESTAMP, Resource

JSON: Any = JSONB
JSON_OR_NULL: Any = JSONB(none_as_null=True)


class Observation(Resource, Table, table=True):
    """One observation with all that belongs to it in one row: it is written, read and locked as one.

    The ids in `scores` and `look_fors` are those of a published version, which neither changes nor goes away.
    """

    __tablename__ = "observations"
    __table_args__ = (
        Index("ix_observations_teacher", "district_id", "teacher_id", "id"),
        Index("ix_observations_observer", "district_id", "observer_id", "id"),
        Index("ix_observations_school", "district_id", "school_id", "id"),
    )

    purpose: str
    type: str
    state: str
    framework_version_id: UUID | None = None
    observer_id: UUID
    teacher_id: UUID
    school_id: UUID
    class_id: UUID | None = None
    scheduled_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    observed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    submitted_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    shared_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    read_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    responded_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    closed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    feedback_due_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    source: str
    script: list[dict[str, Any]] = Field(sa_type=JSON)
    scores: list[dict[str, Any]] = Field(sa_type=JSON)
    look_fors: list[dict[str, Any]] = Field(sa_type=JSON)
    feedback: dict[str, Any] | None = Field(default=None, sa_type=JSON_OR_NULL)
    response: str | None = None
    reason: str | None = None

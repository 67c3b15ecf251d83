from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import TIMESTAMP, Resource

JSON: Any = JSONB
JSON_OR_NULL: Any = JSONB(none_as_null=True)


# A rating of its own of a visit, of which each of its observers has one.
RATES = """visit_id is not null and rating_kind = 'live' and type <> 'self' and state not in ('cancelled', 'voided')"""
# Feedback is owed and not shared yet: what the clock looks through.
WAITING = "feedback_due_at is not null and shared_at is null and state in ('in_progress', 'submitted')"


class Observation(Resource, Table, table=True):
    """One observation with all that belongs to it in one row: it is written, read and locked as one.

    The ids in `scores` and `look_fors` are those of a published version, which neither changes nor goes away.
    """

    __tablename__ = "observations"
    __table_args__ = (
        Index("ix_observations_teacher", "district_id", "teacher_id", "id"),
        Index("ix_observations_observer", "district_id", "observer_id", "id"),
        Index("ix_observations_school", "district_id", "school_id", "id"),
        Index("ix_observations_class", "district_id", "class_id", postgresql_where=text("class_id is not null")),
        Index("ix_observations_waiting", "district_id", "feedback_due_at", postgresql_where=text(WAITING)),
        Index("ix_observations_visit", "district_id", "visit_id", postgresql_where=text("visit_id is not null")),
        Index(
            "uq_observations_rater", "district_id", "visit_id", "observer_id", unique=True, postgresql_where=text(RATES)
        ),
    )

    purpose: str
    type: str
    subject: str = "teacher"
    lane: str = "support"
    rating_kind: str = "live"
    visit_id: UUID | None = None
    blind: bool = False  # its visit has other observers who have not submitted yet
    state: str
    # What its type said when it was made: a later change of the district's policy is for later ones.
    policy_version: int = 0
    completion: str = "formal"
    needs_pre_conference: bool = False
    needs_post_conference: bool = False
    framework_version_id: UUID | None = None
    observer_id: UUID
    teacher_id: UUID
    school_id: UUID
    class_id: UUID | None = None
    # Written by classes/queries.py alone.
    class_snapshot: dict[str, Any] | None = Field(default=None, sa_type=JSON_OR_NULL)
    announced: bool | None = None
    scheduled_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    scheduled_end_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    pre_conference_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    observed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    submitted_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    post_conference_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    shared_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    read_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    responded_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    followed_up_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    locked_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    unlock_asked_by: str | None = None
    unlock_asked_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    feedback_due_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    source: str
    script: list[dict[str, Any]] = Field(sa_type=JSON)
    scores: list[dict[str, Any]] = Field(sa_type=JSON)
    look_fors: list[dict[str, Any]] = Field(sa_type=JSON)
    feedback: dict[str, Any] | None = Field(default=None, sa_type=JSON_OR_NULL)
    response: str | None = None
    response_kind: str | None = None
    follow_up: str | None = None
    conferences: dict[str, Any] | None = Field(default=None, sa_type=JSON_OR_NULL)
    reason: str | None = None

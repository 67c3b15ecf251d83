from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from services.analytics.tables import Table
from shared.models import TIMESTAMP


class FactObservation(Table, table=True):
    """One observation. Who was observed is here to be counted, and leaves this service only as a number of people."""

    __tablename__ = "fact_observations"
    __table_args__ = (
        # What both measures ask: these schools, this month, what counts. It carries all that they need of a row.
        Index(
            "ix_fact_observations_school_observed",
            "district_id",
            "school_id",
            "observed_at",
            postgresql_where=text("observed_at is not null and state not in ('cancelled', 'voided')"),
            postgresql_include=["teacher_id", "observer_id", "shared_at", "feedback_due_at"],
        ),
    )

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
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
    submitted_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    shared_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    read_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    responded_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    closed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    feedback_due_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    next_steps: int
    source: str
    archived: bool


class FactScore(Table, table=True):
    """A level, or the word for why there is none: not_observed and not_applicable are neither missing nor zero."""

    __tablename__ = "fact_scores"

    district_id: UUID = Field(primary_key=True)
    observation_id: UUID = Field(primary_key=True)
    indicator_id: UUID = Field(primary_key=True)
    level: int | None = None
    word: str | None = None


class FactLookFor(Table, table=True):
    """How often it was counted, or whether it was seen."""

    __tablename__ = "fact_look_fors"

    district_id: UUID = Field(primary_key=True)
    observation_id: UUID = Field(primary_key=True)
    look_for_id: UUID = Field(primary_key=True)
    count: int | None = None
    word: str | None = None


class FactAssignment(Table, table=True):
    """A relationship of somebody with an organisation, also after it was withdrawn (`archived_at`)."""

    __tablename__ = "fact_assignments"
    __table_args__ = (Index("ix_fact_assignments_org", "district_id", "org_id", "kind"),)

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    person_id: UUID
    kind: str
    org_id: UUID | None = None
    begin_date: date | None = None
    end_date: date | None = None
    archived: bool
    archived_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)

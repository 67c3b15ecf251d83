from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.analytics.tables import Table
from shared.models import TIMESTAMP

# What every measure counts: visits to teachers that took place. Who only leads or coaches is no teacher of the base,
# and a consensus is no further visit.
COUNTED = (
    "observed_at is not null and state not in ('cancelled', 'voided') and subject = 'teacher' and rating_kind = 'live'"
)


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
            postgresql_where=text(COUNTED),
            postgresql_include=["teacher_id", "observer_id", "shared_at", "feedback_due_at"],
        ),
    )

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    purpose: str
    type: str
    subject: str
    lane: str
    rating_kind: str
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
    followed_up_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    locked_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
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


# The line from a vision to the classroom: what coaching and observations tell of it, kept to be followed.


class Fact(SQLModel):
    """The latest state of an entity of a feed, as long as it is kept; `version` is the publisher's."""

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    archived: bool


class FactVision(Fact, Table, table=True):
    __tablename__ = "fact_visions"

    org_id: UUID
    statement: str


class FactGoal(Fact, Table, table=True):
    __tablename__ = "fact_goals"
    __table_args__ = (Index("ix_fact_goals_parent", "district_id", "parent_id"),)

    level: str
    org_id: UUID
    owner_id: UUID | None = None
    vision_id: UUID | None = None
    parent_id: UUID | None = None
    domain: str
    title: str
    unit: str | None = None
    baseline: float | None = None
    target: float | None = None
    due_date: date | None = None
    state: str


class FactWorkPlan(Fact, Table, table=True):
    __tablename__ = "fact_work_plans"

    title: str
    org_id: UUID
    school_year: int
    state: str


class FactPlanAction(Fact, Table, table=True):
    __tablename__ = "fact_plan_actions"
    __table_args__ = (Index("ix_fact_plan_actions_goal", "district_id", "goal_id"),)

    work_plan_id: UUID
    goal_id: UUID | None = None
    title: str
    owner_id: UUID | None = None
    due_date: date | None = None
    state: str


class FactPLActivity(Fact, Table, table=True):
    __tablename__ = "fact_pl_activities"
    __table_args__ = (
        Index("ix_fact_pl_activities_goal", "district_id", "goal_id"),
        Index("ix_fact_pl_activities_action", "district_id", "plan_action_id"),
    )

    title: str
    format: str
    org_id: UUID
    goal_id: UUID | None = None
    plan_action_id: UUID | None = None
    framework_version_id: UUID | None = None
    target_look_for_ids: list[UUID] = Field(sa_type=ARRAY(Uuid))
    contact_hours: float
    state: str


class FactPLSession(Fact, Table, table=True):
    __tablename__ = "fact_pl_sessions"
    __table_args__ = (Index("ix_fact_pl_sessions_activity", "district_id", "activity_id"),)

    activity_id: UUID
    starts_at: datetime = Field(sa_type=TIMESTAMP)
    minutes: int
    state: str
    delivered_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class FactAttendance(Table, table=True):
    """Who was there, and leaves this service only as a number of people."""

    __tablename__ = "fact_pl_attendance"

    district_id: UUID = Field(primary_key=True)
    session_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    minutes: int


class FactCredit(Table, table=True):
    """A credit is given once and never changes."""

    __tablename__ = "fact_credits"
    __table_args__ = (Index("ix_fact_credits_activity", "district_id", "activity_id"),)

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    person_id: UUID
    activity_id: UUID
    contact_hours: float


class FactCoachingCycle(Fact, Table, table=True):
    """That it happens and how much of it; `phase` and the goal's words stay with the pair."""

    __tablename__ = "fact_coaching_cycles"
    __table_args__ = (
        Index("ix_fact_coaching_cycles_goal", "district_id", "goal_id"),
        Index("ix_fact_coaching_cycles_org_activated", "district_id", "org_id", "activated_at"),
    )

    coach_id: UUID | None = None
    coachee_id: UUID
    org_id: UUID
    goal_id: UUID | None = None
    observation_id: UUID | None = None
    look_for_id: UUID | None = None
    state: str
    requested_at: datetime = Field(sa_type=TIMESTAMP)
    activated_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    completed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    outcome: str | None = None
    sessions: int
    minutes: int
    first_session_on: date | None = None
    last_session_on: date | None = None


class FactLearningWalk(Fact, Table, table=True):
    __tablename__ = "fact_learning_walks"
    __table_args__ = (Index("ix_fact_learning_walks_school", "district_id", "school_id", "id"),)

    school_id: UUID
    framework_version_id: UUID
    state: str
    scheduled_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    started_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    debriefed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    shared_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class FactWalkStop(Table, table=True):
    __tablename__ = "fact_walk_stops"

    district_id: UUID = Field(primary_key=True)
    walk_id: UUID = Field(primary_key=True)
    stop_id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=TIMESTAMP)


class FactWalkMark(Table, table=True):
    """Whether a stop that looked for it saw it. A stop that did not look has no row: that is not a no."""

    __tablename__ = "fact_walk_marks"

    district_id: UUID = Field(primary_key=True)
    walk_id: UUID = Field(primary_key=True)
    stop_id: UUID = Field(primary_key=True)
    look_for_id: UUID = Field(primary_key=True)
    seen: bool


class FactEvidenceLink(Fact, Table, table=True):
    __tablename__ = "fact_evidence_links"
    __table_args__ = (
        Index("ix_fact_evidence_links_target", "district_id", "target_id"),
        Index("ix_fact_evidence_links_source", "district_id", "source_id"),
        Index("ix_fact_evidence_links_walk", "district_id", "walk_id"),
    )

    source_kind: str
    source_id: UUID
    target_kind: str
    target_id: UUID
    walk_id: UUID | None = None
    linked_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class FactAgreement(Fact, Table, table=True):
    """What a school agreed on, and the look-fors that show it; `ratified_on` is null as long as it is a draft."""

    __tablename__ = "fact_agreements"

    org_id: UUID
    title: str
    number: int
    state: str
    look_for_ids: list[UUID] = Field(sa_type=ARRAY(Uuid))
    ratified_on: date | None = None
    ended_on: date | None = None


class FactFrameworkVersion(Fact, Table, table=True):
    """What its look-fors are called, so that a number can be read without asking a peer."""

    __tablename__ = "fact_framework_versions"

    label: str
    state: str
    look_fors: list[dict[str, Any]] = Field(sa_type=JSONB)


class FactDistrictSettings(Table, table=True):
    __tablename__ = "fact_district_settings"

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    archived: bool
    time_zone: str | None = None


class FactDataUsePolicy(Fact, Table, table=True):
    __tablename__ = "fact_data_use_policies"

    purposes: list[str] = Field(sa_type=ARRAY(Text))
    n_min: int | None = None


class FactCalendar(Table, table=True):
    """Which time zone the calendar of an organisation says."""

    __tablename__ = "fact_calendars"

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    archived: bool
    org_id: UUID
    time_zone: str | None = None
    begin_date: date
    end_date: date

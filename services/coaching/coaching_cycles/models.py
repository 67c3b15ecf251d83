from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.coaching.tables import Table
from shared.models import TIMESTAMP, Resource


class CycleModel(Resource, Table, table=True):
    """The phases of a way of coaching (an Impact Cycle, a student-centred cycle ...), as data."""

    __tablename__ = "cycle_models"

    name: str
    phases: list[dict[str, Any]] = Field(sa_type=JSONB)


class CoachingCycle(Resource, Table, table=True):
    __tablename__ = "coaching_cycles"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "model_id"], ["coaching.cycle_models.district_id", "coaching.cycle_models.id"]
        ),
        Index("ix_coaching_cycles_coachee", "district_id", "coachee_id"),
        Index("ix_coaching_cycles_coach", "district_id", "coach_id"),
        Index("ix_coaching_cycles_org", "district_id", "org_id"),
    )

    model_id: UUID
    coachee_id: UUID
    coach_id: UUID | None = None
    org_id: UUID
    goal_id: UUID | None = None
    observation_id: UUID | None = None
    look_for_id: UUID | None = None
    state: str
    phase: str | None = None
    requested_at: datetime = Field(sa_type=TIMESTAMP)
    activated_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    completed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    outcome: str | None = None
    focus: str | None = None
    goal_statement: str | None = None
    goal_kind: str | None = None
    baseline: float | None = None
    target: float | None = None
    unit: str | None = None


class CoachingSession(Resource, Table, table=True):
    __tablename__ = "coaching_sessions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "cycle_id"], ["coaching.coaching_cycles.district_id", "coaching.coaching_cycles.id"]
        ),
        Index("ix_coaching_sessions_cycle", "district_id", "cycle_id"),
    )

    cycle_id: UUID
    type: str
    held_at: datetime = Field(sa_type=TIMESTAMP)
    minutes: int
    notes: str | None = None


class ActionStep(Resource, Table, table=True):
    __tablename__ = "action_steps"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "cycle_id"], ["coaching.coaching_cycles.district_id", "coaching.coaching_cycles.id"]
        ),
        Index("ix_action_steps_cycle", "district_id", "cycle_id"),
    )

    cycle_id: UUID
    what: str
    how_practised: str | None = None
    due_date: date | None = None
    is_met: bool | None = None

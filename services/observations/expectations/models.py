from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import TIMESTAMP

JSON: Any = JSONB


class Expectation(Table, table=True):
    """One ask of a rule, of one person. `at_work` and `met` are stretches of days, first and last."""

    __tablename__ = "expectations"
    __table_args__ = (
        Index("ix_expectations_teacher", "district_id", "teacher_id", "id"),
        Index("ix_expectations_school", "district_id", "school_id", "id"),
        Index("ix_expectations_policy", "district_id", "policy_id", "id"),
        Index("ix_expectations_due", "district_id", "due_date"),
    )

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    policy_id: UUID
    policy_version: int
    rule: str
    ask: str
    window: str
    purpose: str
    teacher_id: UUID
    school_id: UUID
    begin_date: date
    due_date: date
    end_date: date
    days: int
    days_at_work: int
    share: float
    excused: str | None = None
    asked: dict[str, Any] = Field(sa_type=JSON)
    facts: dict[str, Any] = Field(sa_type=JSON)
    at_work: list[list[str]] = Field(sa_type=JSON)
    # What of it would be another, were nobody on leave.
    without_leaves: dict[str, Any] = Field(sa_type=JSON, sa_column_kwargs={"server_default": "{}"})
    made_at: datetime = Field(sa_type=TIMESTAMP)
    # What observations make of it.
    counted: list[list[str]] = Field(sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    met: list[list[str]] = Field(sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    # And on which days it would then be met.
    counted_without_leaves: list[list[str]] = Field(sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    met_without_leaves: list[list[str]] = Field(sa_type=JSON, sa_column_kwargs={"server_default": "[]"})


class ExpectationNotice(Table, table=True):
    """That it was told. A due date that was moved is told anew."""

    __tablename__ = "expectation_notices"

    district_id: UUID = Field(primary_key=True)
    expectation_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    due_date: date = Field(primary_key=True)
    told_at: datetime = Field(sa_type=TIMESTAMP)

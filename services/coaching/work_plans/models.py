from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index

from services.coaching.tables import Table
from shared.models import Resource


class WorkPlan(Resource, Table, table=True):
    __tablename__ = "work_plans"

    title: str
    org_id: UUID
    school_year: int
    state: str


class PlanAction(Resource, Table, table=True):
    __tablename__ = "plan_actions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "work_plan_id"], ["coaching.work_plans.district_id", "coaching.work_plans.id"]
        ),
        Index("ix_plan_actions_plan", "district_id", "work_plan_id"),
        Index("ix_plan_actions_goal", "district_id", "goal_id"),
    )

    work_plan_id: UUID
    goal_id: UUID | None = None
    title: str
    owner_id: UUID | None = None
    due_date: date | None = None
    state: str

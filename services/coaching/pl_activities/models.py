from uuid import UUID

from sqlalchemy import ARRAY, Index, Uuid
from sqlmodel import Field

from services.coaching.tables import Table
from shared.models import Resource


class PLActivity(Resource, Table, table=True):
    __tablename__ = "pl_activities"
    __table_args__ = (Index("ix_pl_activities_goal", "district_id", "goal_id"),)

    title: str
    description: str | None = None
    format: str
    setting: str
    org_id: UUID
    goal_id: UUID | None = None
    plan_action_id: UUID | None = None
    framework_version_id: UUID | None = None
    target_look_for_ids: list[UUID] = Field(default_factory=list, sa_type=ARRAY(Uuid))
    required_minutes: int
    contact_hours: float
    state: str

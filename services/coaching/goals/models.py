from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index

from services.coaching.tables import Table
from shared.models import Resource


class Goal(Resource, Table, table=True):
    __tablename__ = "goals"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "vision_id"], ["coaching.visions.district_id", "coaching.visions.id"]),
        ForeignKeyConstraint(["district_id", "parent_id"], ["coaching.goals.district_id", "coaching.goals.id"]),
        Index("ix_goals_vision", "district_id", "vision_id"),
        Index("ix_goals_parent", "district_id", "parent_id"),
        Index("ix_goals_org", "district_id", "org_id"),
        Index("ix_goals_owner", "district_id", "owner_id"),
    )

    level: str
    org_id: UUID
    owner_id: UUID | None = None
    vision_id: UUID | None = None
    parent_id: UUID | None = None
    domain: str
    title: str
    description: str | None = None
    unit: str | None = None
    baseline: float | None = None
    target: float | None = None
    due_date: date | None = None
    state: str

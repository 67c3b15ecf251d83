from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field

from services.coaching.tables import Table
from shared.models import TIMESTAMP


class Credit(Table, table=True):
    __tablename__ = "credits"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "activity_id"], ["coaching.pl_activities.district_id", "coaching.pl_activities.id"]
        ),
        Index("ix_credits_person", "district_id", "person_id", "id"),
    )

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    person_id: UUID
    activity_id: UUID
    contact_hours: float
    awarded_at: datetime = Field(sa_type=TIMESTAMP)

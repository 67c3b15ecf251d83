from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from services.observations.tables import Table
from shared.models import TIMESTAMP


class FeedbackNotice(Table, table=True):
    """That it was told. A deadline that was corrected is another one."""

    __tablename__ = "feedback_notices"

    district_id: UUID = Field(primary_key=True)
    observation_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    due_at: datetime = Field(primary_key=True, sa_type=TIMESTAMP)
    told_at: datetime = Field(sa_type=TIMESTAMP)

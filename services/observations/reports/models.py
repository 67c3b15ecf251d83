from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import ADDED_TILL_ERASED, TIMESTAMP


class ObservationReport(Table, table=True):
    __tablename__ = "observation_reports"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "observation_id"], ["observations.observations.district_id", "observations.observations.id"]
        ),
        {"comment": ADDED_TILL_ERASED},
    )

    district_id: UUID = Field(primary_key=True)
    observation_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    made_at: datetime = Field(sa_type=TIMESTAMP)
    observation_version: int
    sha256: str
    content: dict[str, Any] = Field(sa_type=JSONB)

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import ADDED_TILL_ERASED, TIMESTAMP


class ObservationChange(Table, table=True):
    """What one change replaced; what it put there is said by the next change of the same field, or by the row."""

    __tablename__ = "observation_changes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "observation_id"], ["observations.observations.district_id", "observations.observations.id"]
        ),
        {"comment": ADDED_TILL_ERASED},
    )

    district_id: UUID = Field(primary_key=True)
    observation_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    at: datetime = Field(sa_type=TIMESTAMP)
    what: str
    person_id: UUID | None = None
    client_id: str
    before: dict[str, Any] = Field(sa_type=JSONB)

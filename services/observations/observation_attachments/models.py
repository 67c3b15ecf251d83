from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import TIMESTAMP, Resource


class ObservationAttachment(Resource, Table, table=True):
    __tablename__ = "observation_attachments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "observation_id"], ["observations.observations.district_id", "observations.observations.id"]
        ),
        Index("ix_observation_attachments_observation", "district_id", "observation_id", "id"),
    )

    observation_id: UUID
    author_id: UUID
    name: str
    media_type: str
    size: int = Field(sa_type=BigInteger)
    sha256: str
    state: str
    received_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    scanned_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    finding: str | None = None

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import TIMESTAMP, Resource

_IDS: Any = ARRAY(Uuid)


class EvidenceItem(Resource, Table, table=True):
    __tablename__ = "evidence_items"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "observation_id"], ["observations.observations.district_id", "observations.observations.id"]
        ),
        Index("ix_evidence_items_observation", "district_id", "observation_id", "id"),
    )

    observation_id: UUID
    author_id: UUID
    kind: str
    visibility: str
    at: datetime = Field(sa_type=TIMESTAMP)
    text: str | None = None
    line_id: UUID | None = None
    begin: int | None = None
    end: int | None = None
    asset: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    codes: list[UUID] = Field(sa_type=_IDS)
    sha256: str

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import TIMESTAMP, Resource


class EvidenceLink(Resource, Table, table=True):
    __tablename__ = "evidence_links"
    __table_args__ = (
        Index("ix_evidence_links_source", "district_id", "source_id"),
        Index("ix_evidence_links_walk", "district_id", "walk_id"),
        Index("ix_evidence_links_target", "district_id", "target_id"),
    )

    source_kind: str
    source_id: UUID
    target_kind: str
    target_id: UUID
    walk_id: UUID | None = None  # that it starts from, or whose pattern
    linked_at: datetime = Field(sa_type=TIMESTAMP)
    note: str | None = None

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import Resource

_IDS: Any = ARRAY(Uuid)


class EvidencePackage(Resource, Table, table=True):
    """`claim` has the words that were claimed, as the published version has them."""

    __tablename__ = "evidence_packages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "observation_id"], ["observations.observations.district_id", "observations.observations.id"]
        ),
        Index("ix_evidence_packages_observation", "district_id", "observation_id", "id"),
    )

    observation_id: UUID
    author_id: UUID
    indicator_id: UUID
    level: int
    begin: int
    end: int
    claim: str
    reasoning: str | None = None
    evidence_ids: list[UUID] = Field(sa_type=_IDS)

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from services.districts.tables import JSON, ResourceTable
from shared.models import TIMESTAMP


class RosterPull(ResourceTable, table=True):
    """One asking of a source, and the import that it became."""

    __tablename__ = "roster_pulls"
    __table_args__ = (Index("ix_roster_pulls_source", "district_id", "source_id", "id"),)

    source_id: UUID
    mode: str
    state: str
    since: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    began_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    files: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    warnings: list[str] = Field(default_factory=list, sa_type=JSON)
    problem: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    sha256: str | None = None
    size: int | None = Field(default=None, sa_type=BigInteger)
    import_id: UUID | None = None
    job_id: UUID

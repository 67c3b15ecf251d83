from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from services.districts.tables import JSON, ResourceTable
from shared.models import TIMESTAMP


class DataExport(ResourceTable, table=True):
    """Everything about one person as a zip: where it is, until it expires."""

    __tablename__ = "data_exports"
    __table_args__ = (Index("ix_data_exports_person", "district_id", "person_id"),)

    person_id: UUID
    state: str
    sha256: str | None = None
    size: int | None = Field(default=None, sa_type=BigInteger)
    rows: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    problem: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    job_id: UUID
    expires_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field

from services.districts.tables import JSON, ResourceTable
from shared.models import TIMESTAMP


class RosterExport(ResourceTable, table=True):
    """The roster as a OneRoster CSV zip: what was asked for, and where it is until it expires."""

    __tablename__ = "roster_exports"

    state: str
    oneroster_version: str
    has_gradebook: bool = False
    has_demographics: bool = False
    since: datetime | None = Field(default=None, sa_type=TIMESTAMP)  # given: a delta
    as_of: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    sha256: str | None = None
    size: int | None = Field(default=None, sa_type=BigInteger)
    files: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    warnings: list[str] = Field(default_factory=list, sa_type=JSON)
    problem: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    job_id: UUID
    expires_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)

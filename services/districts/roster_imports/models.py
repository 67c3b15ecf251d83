from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field

from services.districts.tables import JSON, ResourceTable, Table
from shared.models import TIMESTAMP


class RosterImport(ResourceTable, table=True):
    """One upload of a roster and what became of it."""

    __tablename__ = "roster_imports"

    state: str
    sha256: str
    size: int = Field(sa_type=BigInteger)
    oneroster_version: str | None = None
    files: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    held: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    ignored: list[str] = Field(default_factory=list, sa_type=JSON)
    warnings: list[str] = Field(default_factory=list, sa_type=JSON)
    problem: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    is_approved: bool = False
    job_id: UUID
    applied_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class RosterImportError(Table, table=True):
    """A row that could not be kept, or only in part."""

    __tablename__ = "roster_import_errors"

    district_id: UUID = Field(primary_key=True)
    import_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    file: str
    line: int = Field(sa_type=BigInteger)
    sourced_id: str | None = None
    field: str | None = None
    code: str
    message: str
    severity: str

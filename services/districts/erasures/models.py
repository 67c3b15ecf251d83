from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.districts.tables import JSON, ResourceTable, Table
from shared.models import TIMESTAMP, text_c


class Erasure(ResourceTable, table=True):
    """An erasure, of a person or of what is over: planned, then applied. It survives, and holds ids and counts only."""

    __tablename__ = "erasures"
    __table_args__ = (Index("ix_erasures_person", "district_id", "person_id"),)

    subject: str
    person_id: UUID | None = None
    reason: str
    reference: str | None = None
    state: str
    years: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    planned: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    applied: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    held: list[str] = Field(default_factory=list, sa_type=JSON)
    problem: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    requested_by: str
    applied_by: str | None = None
    applied_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    job_id: UUID


class ErasedIdentifier(Table, table=True):
    """That a roster's id was an erased person's, as a hash: so that no roster brings the person back."""

    __tablename__ = "erased_identifiers"
    __table_args__ = (Index("ix_erased_identifiers_person", "district_id", "person_id"),)

    district_id: UUID = Field(primary_key=True)
    hash: str = Field(primary_key=True, sa_type=text_c())
    person_id: UUID
    erased_at: datetime = Field(sa_type=TIMESTAMP)

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from services.districts.tables import JSON, ResourceTable
from shared.models import TIMESTAMP


class PersonMerge(ResourceTable, table=True):
    """That one person turned out to be another one, since `created_at`; archived when that was taken back.

    `moves` has every row that changed hands or was set aside, with what it held before and since: what an unmerge
    gives back. `was_archived_at` is when the person had been archived before, if so.
    """

    __tablename__ = "person_merges"
    __table_args__ = (
        Index(
            "uq_person_merges_open",
            "district_id",
            "person_id",
            unique=True,
            postgresql_where=text("archived_at is null"),
        ),
        Index("ix_person_merges_into", "district_id", "into_id"),
    )  # fmt: skip

    person_id: UUID
    into_id: UUID
    was_archived_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    moves: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)

from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.districts.tables import JSON, Shown, external_id_index, unique_shown_id, unique_sourced_id


class Org(Shown, table=True):
    """A school, the district itself, or a part of it."""

    __tablename__ = "orgs"
    __table_args__ = (
        unique_sourced_id("orgs"),
        unique_shown_id("orgs"),
        external_id_index("orgs"),
        Index("ix_orgs_parent", "district_id", "parent_id"),
    )

    name: str
    type: str
    identifier: str | None = None
    parent_id: UUID | None = None
    external_ids: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs={"server_default": "{}"})

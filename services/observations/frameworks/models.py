from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import APPEND_ONLY, TIMESTAMP, Resource

JSON: Any = JSONB
JSON_OR_NULL: Any = JSONB(none_as_null=True)


class Framework(Resource, Table, table=True):
    __tablename__ = "frameworks"

    name: str
    description: str | None = None
    external_ids: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class FrameworkVersion(Resource, Table, table=True):
    """A version's place in its life. What it says is in `draft` until it is published, then in PublishedContent."""

    __tablename__ = "framework_versions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "framework_id"], ["observations.frameworks.district_id", "observations.frameworks.id"]
        ),
        Index("ix_framework_versions_framework", "district_id", "framework_id", "id"),
    )

    framework_id: UUID
    label: str
    state: str
    published_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    retired_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    draft: dict[str, Any] | None = Field(default=None, sa_type=JSON_OR_NULL)


class PublishedContent(Table, table=True):
    """What a published version says, for ever: the application's role may add a row and read it, nothing else."""

    __tablename__ = "published_contents"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "framework_version_id"],
            ["observations.framework_versions.district_id", "observations.framework_versions.id"],
        ),
        {"comment": APPEND_ONLY},
    )

    district_id: UUID = Field(primary_key=True)
    framework_version_id: UUID = Field(primary_key=True)
    content: dict[str, Any] = Field(sa_type=JSON)

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, PrimaryKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import APPEND_ONLY, TIMESTAMP, Resource

JSON_OR_NULL: Any = JSONB(none_as_null=True)


def _version(column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["district_id", column], ["observations.framework_versions.district_id", "observations.framework_versions.id"]
    )


class Crosswalk(Resource, Table, table=True):
    """Its place in its life. What it says is in `draft` until it is published, then in PublishedCorrespondence."""

    __tablename__ = "crosswalks"
    __table_args__ = (
        _version("from_version_id"),
        _version("to_version_id"),
        Index("ix_crosswalks_from", "district_id", "from_version_id"),
        Index("ix_crosswalks_to", "district_id", "to_version_id"),
    )

    name: str
    from_version_id: UUID
    to_version_id: UUID
    state: str
    published_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    retired_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    draft: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON_OR_NULL)


class PublishedCorrespondence(Table, table=True):
    """One line of a published crosswalk, for ever: the application's role may add it and read it, nothing else."""

    __tablename__ = "published_correspondences"
    __table_args__ = (
        PrimaryKeyConstraint("district_id", "crosswalk_id", "place"),
        ForeignKeyConstraint(
            ["district_id", "crosswalk_id"], ["observations.crosswalks.district_id", "observations.crosswalks.id"]
        ),
        Index("ix_published_correspondences_from", "district_id", "from_indicator_id"),
        Index("ix_published_correspondences_to", "district_id", "to_indicator_id"),
        {"comment": APPEND_ONLY},
    )

    district_id: UUID
    crosswalk_id: UUID
    place: int
    from_indicator_id: UUID
    to_indicator_id: UUID
    relation: str
    note: str | None = None

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import Resource


class FrameworkEnablement(Resource, Table, table=True):
    """A version holds from one day to another, for a place and a role. `framework_id` is its version's."""

    __tablename__ = "framework_enablements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "framework_version_id"],
            ["observations.framework_versions.district_id", "observations.framework_versions.id"],
        ),
        CheckConstraint("end_date is null or end_date >= begin_date", name="ends_after_it_begins"),
        Index(
            "ix_framework_enablements_framework", "district_id", "framework_id",
            postgresql_where=text("archived_at is null"),
        ),
    )  # fmt: skip

    framework_version_id: UUID
    framework_id: UUID
    org_id: UUID | None = None
    role: str | None = None
    begin_date: date
    end_date: date | None = Field(default=None)

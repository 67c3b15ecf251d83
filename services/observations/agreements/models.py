from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import Resource


class Agreement(Resource, Table, table=True):
    __tablename__ = "agreements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "framework_version_id"],
            ["observations.framework_versions.district_id", "observations.framework_versions.id"],
        ),
        Index("ix_agreements_org", "district_id", "org_id"),
    )

    org_id: UUID
    title: str
    statement: str
    framework_version_id: UUID
    look_for_ids: list[UUID] = Field(sa_type=ARRAY(Uuid))
    supersedes_id: UUID | None = None
    number: int = 1
    state: str
    ratified_on: date | None = None
    decision_ref: str | None = None
    ended_on: date | None = None

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import TIMESTAMP, Resource


class Acknowledgement(Resource, Table, table=True):
    __tablename__ = "acknowledgements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "framework_version_id"],
            ["observations.framework_versions.district_id", "observations.framework_versions.id"],
        ),
        Index(
            "uq_acknowledgements_version_person", "district_id", "framework_version_id", "person_id", unique=True
        ),
        Index("ix_acknowledgements_person", "district_id", "person_id", "id"),
    )  # fmt: skip

    framework_version_id: UUID
    person_id: UUID
    acknowledged_at: datetime = Field(sa_type=TIMESTAMP)

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import TIMESTAMP, Resource

_OBSERVATION = (
    ["district_id", "observation_id"],
    ["observations.observations.district_id", "observations.observations.id"],
)


class ObservationConflict(Resource, Table, table=True):
    """`sent` has the fields in question as the tablet had them, `stored` as they stood when it came."""

    __tablename__ = "observation_conflicts"
    __table_args__ = (
        ForeignKeyConstraint(*_OBSERVATION),
        Index("ix_observation_conflicts_observation", "district_id", "observation_id", "id"),
    )

    observation_id: UUID
    state: str
    base_version: int
    stored_version: int
    device: str | None = None
    revision: int | None = None
    client_id: str
    person_id: UUID | None = None
    base: dict[str, Any] = Field(sa_type=JSONB)
    stored: dict[str, Any] = Field(sa_type=JSONB)
    sent: dict[str, Any] = Field(sa_type=JSONB)
    choices: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    resolved_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class ObservationSave(Table, table=True):
    """The latest save of an observation by a device that was taken, and the version that it made or met."""

    __tablename__ = "observation_saves"
    __table_args__ = (ForeignKeyConstraint(*_OBSERVATION),)

    district_id: UUID = Field(primary_key=True)
    observation_id: UUID = Field(primary_key=True)
    device: str = Field(primary_key=True)
    revision: int
    version: int

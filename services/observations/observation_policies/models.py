from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import Resource


class ObservationPolicy(Resource, Table, table=True):
    """At most one for each district: its id is the district's."""

    __tablename__ = "observation_policies"
    __table_args__ = (CheckConstraint("id = district_id", name="one_for_each_district"),)

    types: dict[str, Any] = Field(sa_type=JSONB)
    feedback_clock: dict[str, Any] = Field(sa_type=JSONB)
    read_within_days: int
    remind_before_hours: int

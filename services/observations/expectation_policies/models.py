from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import Resource

JSON: Any = JSONB


class ExpectationPolicy(Resource, Table, table=True):
    __tablename__ = "expectation_policies"

    name: str
    school_year: int
    begin_date: date
    end_date: date
    positions: list[str] = Field(sa_type=JSON)
    remind_before_days: int
    windows: list[dict[str, Any]] = Field(sa_type=JSON)
    rules: list[dict[str, Any]] = Field(sa_type=JSON)
    job_id: UUID | None = None

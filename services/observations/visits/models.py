from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.observations.tables import Table
from shared.models import TIMESTAMP, Resource

_IDS: Any = ARRAY(Uuid)


class Visit(Resource, Table, table=True):
    __tablename__ = "visits"
    __table_args__ = (Index("ix_visits_teacher", "district_id", "teacher_id", "id"),)

    purpose: str
    teacher_id: UUID
    school_id: UUID
    framework_version_id: UUID
    observer_ids: list[UUID] = Field(sa_type=_IDS)
    opened_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)

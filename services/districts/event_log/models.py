from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Index, Uuid
from sqlmodel import Field

from services.districts.tables import TEXTS, Table
from shared.models import TIMESTAMP

_IDS: Any = ARRAY(Uuid)


class EventHead(Table, table=True):
    """The last position of a district's log. Its lock makes positions appear in order, so no reader misses one."""

    __tablename__ = "event_heads"

    district_id: UUID = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)


class LoggedEvent(Table, table=True):
    """A thin event: which row changed and where, never to what. A batch names many rows and no fields."""

    __tablename__ = "event_log"
    __table_args__ = (
        Index("uq_event_log_id", "district_id", "id", unique=True),
        Index("ix_event_log_type", "district_id", "type", "position"),
        Index("ix_event_log_entity", "district_id", "entity", "entity_id", "position"),
    )

    district_id: UUID = Field(primary_key=True)
    position: int = Field(primary_key=True, sa_type=BigInteger)
    id: UUID
    type: str
    time: datetime = Field(sa_type=TIMESTAMP)
    entity: str
    entity_id: UUID | None = None
    purpose: str | None = None
    ids: list[UUID] | None = Field(default=None, sa_type=_IDS)
    changed: list[str] = Field(sa_type=TEXTS)

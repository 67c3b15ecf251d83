from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from services.districts.tables import JSON, ResourceTable
from shared.models import TIMESTAMP, text_c


class Schedule(ResourceTable, table=True):
    """What a district has done by the clock. `version` counts what somebody changed, not its runs.

    `next_run_at` is null while it is not to run: switched off, put away, or for a day that never comes.
    """

    __tablename__ = "schedules"
    __table_args__ = (Index("ix_schedules_due", "next_run_at", postgresql_where=text("next_run_at is not null")),)

    name: str
    task: dict[str, Any] = Field(sa_type=JSON)
    cron: str
    time_zone: str | None = None
    enabled: bool = True
    client_id: str = Field(sa_type=text_c())  # on whose behalf it runs: the one that said last what it does
    next_run_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    last_due_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    job_id: UUID | None = None
    made: str | None = None
    problem: dict[str, Any] | None = Field(default=None, sa_type=JSON)

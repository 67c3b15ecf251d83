from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.districts.data_exports.rules import DataExportState
from shared.errors import Problem
from shared.paging import ListQuery
from shared.wire import Id, Read


class DataExportRead(Read):
    """Everything about one person. `rows` counts what is in it, by file."""

    id: UUID
    person_id: UUID
    state: DataExportState
    size: int | None = Field(description="bytes of the zip")
    sha256: str | None
    rows: dict[str, int]
    problem: Problem | None
    job: str = Field(description="where its progress is")
    content: str = Field(description="where the zip is, once it is ready")
    expires_at: datetime | None
    version: int
    created_at: datetime


class DataExportQuery(ListQuery):
    person_id: Id | None = None

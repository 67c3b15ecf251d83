from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from services.districts.roster_imports.rules import ImportState
from shared.paging import ListQuery
from shared.wire import Read, ResourceRead


class FileCounts(Read):
    """What became of one file's rows."""

    mode: str = Field(description="bulk, delta or derived (the roles that 1.1 keeps in its users)")
    rows: int
    added: int
    changed: int
    removed: int
    unchanged: int
    rejected: int


class HeldFile(Read):
    """A bulk file that would remove too many rows."""

    file: str
    removed: int
    active: int


class RosterImportRead(ResourceRead):
    """`staged` and `validated` are on their way; `held` waits for `approve`; `applied` and `failed` are final."""

    state: str
    oneroster_version: str | None
    sha256: str
    size: int
    files: dict[str, FileCounts]
    held: list[HeldFile]
    ignored: list[str] = Field(description="files of the standard that are not kept")
    warnings: list[str]
    problem: dict[str, Any] | None
    is_approved: bool
    applied_at: datetime | None
    job_id: UUID
    job: str = Field(description="where its progress is")


class RosterImportQuery(ListQuery):
    state: ImportState | None = None


class RowErrorRead(Read):
    file: str
    line: int = Field(description="as a text editor counts; the header is line 1")
    sourced_id: str | None
    field: str | None
    code: str
    message: str
    severity: Literal["error", "warning"] = Field(description="an error rejects the row, a warning only the field")


class RowErrorQuery(ListQuery):
    file: str | None = Field(default=None, max_length=100)
    code: str | None = Field(default=None, max_length=100)

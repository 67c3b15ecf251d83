from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.districts.dated import AsOf
from shared.jobs.reading import JobRead
from shared.wire import Read

MEDIA = "text/csv"
_TEXT = {"schema": {"type": "string"}}
CSV_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {MEDIA: _TEXT}}}
CSV_ANSWER: dict[int | str, dict[str, Any]] = {200: {"description": "The rows as CSV", "content": {MEDIA: _TEXT}}}
ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"model": JobRead, "description": "A large file: the job that puts the rows, at `Location`"}
}
LARGEST_FILE = 64 << 20


class TableQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    as_of: AsOf = None


class RowError(Read):
    line: int = Field(description="as a text editor counts; the header is line 1")
    column: str | None = Field(description="null: the row as a whole")
    code: str
    message: str


class TableImport(Read):
    """What became of the rows. The same file again changes nothing."""

    rows: int
    created: int
    changed: int
    unchanged: int
    rejected: int
    errors: list[RowError] = Field(description="of the rejected rows, at most 1,000")

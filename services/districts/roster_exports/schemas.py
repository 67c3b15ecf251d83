from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from services.districts.roster_exports.rules import ExportState
from shared.paging import ListQuery
from shared.wire import Instant, Read, ResourceRead, Wire


class RosterExportAsk(Wire):
    oneroster_version: Literal["1.1", "1.2"] = Field(default="1.2", description="of the CSV binding; 1.2 is 1.2.1")
    since: Instant | None = Field(
        default=None, description="a delta of what changed after this instant; left out: a bulk, which is everything"
    )
    has_gradebook: bool = Field(
        default=False, description="with students' results, which takes the scope of the gradebook, too"
    )
    has_demographics: bool = Field(default=False, description="with demographics, which takes their own scope, too")


class ExportedFile(Read):
    mode: str = Field(description="bulk or delta; a file that is not named here is absent")
    rows: int


class RosterExportRead(ResourceRead):
    """`queued` is on its way; `ready` can be downloaded until `expires_at`."""

    state: str
    oneroster_version: str
    has_gradebook: bool
    has_demographics: bool
    since: datetime | None
    as_of: datetime | None = Field(description="give it as `since` of the next delta: nothing falls in between")
    sha256: str | None
    size: int | None
    files: dict[str, ExportedFile]
    warnings: list[str]
    problem: dict[str, Any] | None
    expires_at: datetime | None
    job_id: UUID
    job: str = Field(description="where its progress is")
    content: str = Field(description="where the zip is")


class RosterExportQuery(ListQuery):
    state: ExportState | None = None

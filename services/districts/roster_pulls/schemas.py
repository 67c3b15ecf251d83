from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.districts.roster_pulls.models import RosterPull
from services.districts.roster_pulls.rules import PullState
from shared.paging import ListQuery
from shared.wire import Id, Read, ResourceRead


class PulledFile(Read):
    mode: str = Field(description="bulk: what is not in it ends; delta: nothing ends unsaid; absent: left alone")
    rows: int


class RosterPullRead(ResourceRead):
    source_id: UUID
    mode: str = Field(description="full or incremental; an incremental one with nothing to go on from is full")
    state: str
    since: datetime | None = Field(description="what changed after this instant was asked for")
    began_at: datetime | None
    files: dict[str, PulledFile]
    warnings: list[str]
    problem: dict[str, Any] | None
    sha256: str | None
    size: int | None
    import_id: UUID | None
    roster_import: str | None = Field(description="where what came of it is")
    job_id: UUID
    job: str = Field(description="where its progress is")


class RosterPullQuery(ListQuery):
    source_id: Id | None = None
    state: PullState | None = None


def read_pull(row: RosterPull) -> RosterPullRead:
    imported = f"/v1/roster-imports/{row.import_id}" if row.import_id else None
    return RosterPullRead.model_validate(
        row.model_dump() | {"job": f"/v1/jobs/districts/{row.job_id}", "roster_import": imported}
    )

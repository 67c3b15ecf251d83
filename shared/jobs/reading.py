"""What the API tells of a job."""

from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from shared.errors import Problem
from shared.jobs.records import Job, JobState, possible_actions
from shared.runtime import Runtime
from shared.wire import Read


class JobRead(Read):
    """Long work. `version`, which the ETag says, counts the changes of state and not those of progress."""

    id: UUID
    name: str = Field(description="what is done, e.g. `districts.import_roster`")
    state: JobState
    done: int = Field(description="never falls while an attempt lasts")
    total: int | None = Field(description="null while nobody knows")
    message: str | None
    attempts: int
    cancel_requested: bool
    possible: list[str] = Field(description="the actions that the state allows: `cancel`, `retry`")
    created_at: datetime
    started_at: datetime | None = Field(description="when the present or last attempt began")
    finished_at: datetime | None
    expires_at: datetime | None = Field(description="when it is dropped, within the hour; null until it has ended")
    problem: Problem | None = Field(description="why it failed")
    result: dict[str, Any] | None
    person_id: UUID | None = Field(description="the person for whom it was asked")
    version: int

    @classmethod
    def of(cls, job: Job, runtime: Runtime) -> Self:
        kept = timedelta(days=runtime.settings.job_days)
        return cls(
            id=job.id, name=job.name, state=job.state, done=job.done, total=job.total, message=job.message,
            attempts=job.attempts, cancel_requested=job.cancel_requested, possible=possible_actions(job),
            created_at=job.created_at, started_at=job.started_at, finished_at=job.finished_at,
            expires_at=job.finished_at and job.finished_at + kept,
            problem=Problem(**job.problem) if job.problem else None, result=job.result, person_id=job.person_id,
            version=job.version,
        )  # fmt: skip

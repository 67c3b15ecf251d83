from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.districts.roster_sources.rules import PullMode
from services.districts.schedules.rules import is_cron, is_zone
from shared.errors import Problem
from shared.wire import Id, Name, ResourceRead, Wire


def _cron(value: str) -> str:
    if not is_cron(value):
        raise ValueError("is no cron line of five fields, such as 30 2 * * 1-5")
    return value


def _zone(value: str) -> str:
    if not is_zone(value):
        raise ValueError("is no time zone of the IANA database, such as America/Chicago")
    return value


class PullRoster(Wire):
    """Ask a roster source, as `POST /v1/roster-sources/{id}/pull` does. Takes `roster.write`."""

    kind: Literal["roster_pull"]
    source_id: Id
    mode: Annotated[PullMode, Field(default=PullMode.INCREMENTAL, strict=False)]


class ExportRoster(Wire):
    """Write the roster as CSV, as `POST /v1/roster-exports` does. Takes what that takes."""

    kind: Literal["roster_export"]
    oneroster_version: Literal["1.1", "1.2"] = "1.2"
    has_gradebook: bool = False
    has_demographics: bool = False


class PlanRetention(Wire):
    """Plan the erasure of what is over by the district's rules, for somebody to apply. Takes `personal_data.erase`."""

    kind: Literal["retention"]


class VerifyAudit(Wire):
    """Walk the chain of a service's audit log. Takes `audit.read`."""

    kind: Literal["audit_verification"]
    service: Literal["districts", "observations", "coaching", "analytics"]


Task = Annotated[PullRoster | ExportRoster | PlanRetention | VerifyAudit, Field(discriminator="kind")]


class ScheduleWrite(Wire):
    name: Name
    task: Task
    cron: Annotated[
        str,
        Field(min_length=9, max_length=100, pattern=r"^[\x20-\x7e]+$", description="five fields: minute to weekday"),
        AfterValidator(_cron),
    ]
    time_zone: (
        Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"), AfterValidator(_zone)] | None
    ) = Field(default=None, description="IANA; null: the district's, whatever that is by then")
    enabled: bool = True


class ScheduleRead(ResourceRead):
    """`version`, which the ETag says, counts what somebody changed and not its runs."""

    name: str
    task: dict[str, Any]
    cron: str
    time_zone: str | None
    enabled: bool
    client_id: str = Field(description="on whose behalf it runs: the client that said last what it does")
    next_run_at: datetime | None = Field(description="null while it is switched off or put away")
    last_due_at: datetime | None = Field(description="for when the last run was due; of several missed, the first")
    job_id: UUID | None
    job: str | None = Field(description="where the last run is followed")
    made: str | None = Field(description="what the last run that went well has started or made")
    problem: Problem | None = Field(description="why the last run failed; null since one went well")

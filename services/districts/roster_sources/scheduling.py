"""A source's schedule is one queued job for later, which asks for the pull and plans the next one.

So there is nothing that looks through all districts, and a worker that was down is late, not blind.
"""

from typing import Any
from uuid import UUID

from services.districts.roster_pulls.errors import RosterPullUnderWay
from services.districts.roster_pulls.starting import start_pull
from services.districts.roster_sources.models import RosterSource
from services.districts.roster_sources.records import get_source
from services.districts.roster_sources.rules import PullMode, next_pull
from shared.jobs import records
from shared.jobs.queue import Queue
from shared.jobs.running import JobContext
from shared.jobs.starting import start_job
from shared.units import Unit

JOB = "roster_sources.pull_on_schedule"


async def plan(unit: Unit, queue: Queue, row: RosterSource) -> None:
    """Put the next pull into the calendar in place of the one that stands there."""
    if row.schedule_job_id is not None:
        old = await records.find_for_update(unit.connection, unit.schema, unit.district_id, row.schedule_job_id)
        if old is not None and old.state == records.JobState.QUEUED:
            await records.ask_to_cancel(unit.connection, unit.schema, old, unit.now)
    at = next_pull(row.schedule, unit.now) if row.schedule and row.archived_at is None else None
    row.next_pull_at, row.schedule_job_id = at, None
    if at is not None:
        row.schedule_job_id = (await start_job(unit, queue, JOB, {"source_id": str(row.id)}, not_before=at)).id


async def pull_on_schedule(job: JobContext) -> dict[str, Any] | None:
    async with job.unit() as unit:
        row = await get_source(unit, UUID(job.args["source_id"]), lock=True)
        if row.schedule_job_id != job.job_id or row.schedule is None:
            return None  # another schedule has taken its place
        try:
            pull = await start_pull(unit, job.runtime.queue, row, PullMode(row.schedule["mode"]))
        except RosterPullUnderWay:
            pull = None  # the last one takes long; the next one sees what this one would have
        row.schedule_job_id = None
        await plan(unit, job.runtime.queue, row)
        await unit.session.flush()
        await job.succeed(unit, {"roster_pull_id": str(pull.id) if pull else None})
    return None

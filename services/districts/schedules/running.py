"""The loop that finds what is due, and the job of one run.

What is due is found by the clock of the database, which all workers share. Its row is locked, so of several workers one
queues the run and moves `next_run_at` on from now: what was missed while no worker was there is made up for once. The
run itself is a job, with all that jobs have; what it starts and its own end are one transaction.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from services.districts.clients.queries import scopes_of
from services.districts.schedules.errors import ScheduleLostItsRights
from services.districts.schedules.models import Schedule
from services.districts.schedules.records import get_schedule, plan
from services.districts.schedules.tasks import STARTS, check_scopes, verify_at_peer
from shared.access.principals import Principal
from shared.jobs.outages import is_outage
from shared.jobs.records import Job, JobState
from shared.jobs.running import JobContext
from shared.jobs.starting import start_job
from shared.jobs.telling import Problem
from shared.runtime import Runtime
from shared.units import Unit

JOB = "schedules.run"
LOOK_EVERY = 1.0
AT_ONCE = 100

log = structlog.get_logger()


async def run_loop(runtime: Runtime) -> None:
    """Queue whatever is due, for ever."""
    while True:
        found = await due(runtime)
        for one in found:
            try:
                await queue_run(runtime, one)
            except Exception as error:
                if is_outage(error):
                    raise
                log.exception("schedule_not_queued", schedule_id=str(one.id))
                await _put_off(runtime, one)  # the others have their turn
        if len(found) < AT_ONCE:
            await asyncio.sleep(LOOK_EVERY)


@dataclass(frozen=True, slots=True)
class Due:
    district_id: UUID
    id: UUID
    client_id: str


async def due(runtime: Runtime, at: datetime | None = None) -> list[Due]:
    """Give the schedules of any district that are due, the longest waiting first. `at` stands for the clock."""
    rows = await runtime.database.relay.fetch(
        """select district_id, id, client_id from districts.schedules
           where next_run_at <= coalesce($1::timestamptz, now()) order by next_run_at limit $2""",
        at, AT_ONCE,
    )  # fmt: skip
    return [Due(row["district_id"], row["id"], row["client_id"]) for row in rows]


async def queue_run(runtime: Runtime, one: Due, at: datetime | None = None) -> None:
    """Queue its run and say when the next one is, unless another worker has."""
    async with runtime.database.unit(one.district_id, Principal(one.district_id, one.client_id)) as unit:
        row = await get_schedule(unit, one.id, lock=True)
        moment: datetime = at or await unit.connection.fetchval("select now()")
        if row.next_run_at is not None and row.next_run_at <= moment:
            row.last_due_at = row.next_run_at
            await start_run(unit, runtime, row)
            await plan(unit, row, moment)


async def _put_off(runtime: Runtime, one: Due) -> None:
    async with runtime.database.transaction(one.district_id) as connection:
        await connection.execute(
            """update districts.schedules set next_run_at = now() + interval '1 hour'
               where district_id = $1 and id = $2 and next_run_at is not null""",
            one.district_id, one.id,
        )  # fmt: skip


async def start_run(unit: Unit, runtime: Runtime, row: Schedule) -> Job:
    """Queue a run; while one waits or runs, that one is it."""
    job = await start_job(unit, runtime.queue, JOB, {"schedule_id": str(row.id)}, unique_by={"schedule_id": row.id})
    row.job_id = job.id
    return job


async def run(job: JobContext) -> dict[str, Any] | None:
    schedule_id = UUID(job.args["schedule_id"])
    async with job.unit() as unit:
        row = await get_schedule(unit, schedule_id)
        task, client_id = row.task, row.client_id
        scopes = await scopes_of(unit.connection, job.district_id, client_id)
    check_scopes(scopes, task, ScheduleLostItsRights)
    job.who = Principal(job.district_id, client_id, scopes)
    made = ""
    if task["kind"] == "audit_verification" and task["service"] != "districts":
        made = await verify_at_peer(job.runtime, task["service"], job.district_id, client_id)
    async with job.unit() as unit:
        row = await get_schedule(unit, schedule_id, lock=True)
        row.made = made or await STARTS[task["kind"]](unit, job.runtime, task)
        row.problem = None
        await unit.session.flush()
        await job.succeed(unit, {"schedule_id": str(schedule_id), "made": row.made})
    return None


async def tell(unit: Unit, args: Mapping[str, Any], state: JobState, problem: Problem) -> None:
    row = await get_schedule(unit, UUID(args["schedule_id"]), lock=True)
    row.problem = problem if state == JobState.FAILED else None

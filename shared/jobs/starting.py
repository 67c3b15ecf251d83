"""Asking for long work, in the transaction that makes it needed."""

from datetime import datetime
from typing import Any

from shared import tracing
from shared.clock import new_id
from shared.jobs import records
from shared.jobs.queue import Queue
from shared.jobs.records import Job, JobState
from shared.units import Unit


async def start_job(
    unit: Unit, queue: Queue, name: str, args: dict[str, Any] | None = None, *, not_before: datetime | None = None
) -> Job:
    """Queue a job: `args` hold ids, not objects. Once the unit has committed, a worker is woken.

    A job for later (`not_before`) is begun by the first sweep after that instant; till then it can be cancelled.

    If the wake-up call is lost, a worker finds the row by itself within seconds.
    """
    job = Job(
        district_id=unit.district_id,
        id=new_id(),
        name=name,
        args=args or {},
        state=JobState.QUEUED,
        done=0,
        total=None,
        message=None,
        attempts=0,
        cancel_requested=False,
        lease_until=not_before,
        created_at=unit.now,
        started_at=None,
        finished_at=None,
        problem=None,
        result=None,
        client_id=unit.who.client_id,
        person_id=unit.who.person_id,
        request_id=unit.request_id,
        traceparent=tracing.current_traceparent(),
        version=1,
    )
    await records.insert(unit.connection, unit.schema, job)
    if not_before is None:
        wake_after_commit(unit, queue, job)
    return job


def wake_after_commit(unit: Unit, queue: Queue, job: Job) -> None:
    async def wake() -> None:
        await queue.wake(unit.schema, job.district_id, job.id)

    unit.after_commit(wake)

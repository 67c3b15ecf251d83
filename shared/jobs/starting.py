"""Asking for long work, in the transaction that makes it needed."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from shared import tracing
from shared.clock import new_id
from shared.jobs import records
from shared.jobs.queue import Queue
from shared.jobs.records import Job, JobState
from shared.units import Unit


async def start_job(
    unit: Unit,
    queue: Queue,
    name: str,
    args: dict[str, Any] | None = None,
    *,
    not_before: datetime | None = None,
    unique_by: Mapping[str, object] | None = None,
) -> Job:
    """Queue a job: `args` hold ids, not objects. Once the unit has committed, a worker is woken.

    `unique_by` says what it is about: while a job of this name about the same is under way, that one is given and none
    is queued (its `args` tell). Not for what has to look at something that may have changed since the other began.

    A job for later (`not_before`) is begun by the first sweep after that instant; till then it can be cancelled,
    unless it forgets something that was to be kept for a time only (`records.possible_actions`).

    If the wake-up call is lost, a worker finds the row by itself within seconds.
    """
    job = Job(
        district_id=unit.district_id,
        id=new_id(),
        name=name,
        key=None if unique_by is None else key_of(name, unique_by),
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
    given = await records.insert(unit.connection, unit.schema, job)
    if given is job and not_before is None:
        wake_after_commit(unit, queue, job)
    return given


def key_of(name: str, unique_by: Mapping[str, object]) -> str:
    """Give a short key for a job's name and what it is about."""
    said = orjson.dumps(unique_by, default=str, option=orjson.OPT_SORT_KEYS)
    return f"{name}:{sha256(said).hexdigest()[:32]}"


def wake_after_commit(unit: Unit, queue: Queue, job: Job) -> None:
    async def wake() -> None:
        await queue.wake(unit.schema, job.district_id, job.id)

    unit.after_commit(wake)

"""The row of a job: what is asked, how far it is, how it ended; and the moves that callers make.

    queued -> running -> succeeded | failed | cancelled        failed | cancelled -> queued (retry)

`version` counts the changes of state, not of progress: who cancels with If-Match decides on the state, and would
otherwise race the progress bar.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson

from shared.database import Connection
from shared.errors import Conflict


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}


class JobNotCancellable(Conflict, title="This job has ended, or keeps a promise"):
    pass


class JobNotRetryable(Conflict, title="Only a failed or cancelled job can be retried"):
    pass


class JobUnderWay(Conflict, title="Another job does the same already"):
    pass


@dataclass(frozen=True, slots=True)
class Job:
    district_id: UUID
    id: UUID
    name: str
    key: str | None
    args: dict[str, Any]
    state: JobState
    done: int
    total: int | None
    message: str | None
    attempts: int
    cancel_requested: bool
    lease_until: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    problem: dict[str, Any] | None
    result: dict[str, Any] | None
    client_id: str
    person_id: UUID | None
    request_id: str | None
    traceparent: str | None
    version: int

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        values = {field.name: row[field.name] for field in fields(cls)}
        for name in JSON:
            values[name] = orjson.loads(values[name]) if values[name] is not None else None
        return cls(**values | {"state": JobState(row["state"])})


# Which codec a connection has for jsonb depends on who opened it, so JSON passes as text.
JSON = ("args", "problem", "result")
COLUMNS = ", ".join(f"{f.name}::text as {f.name}" if f.name in JSON else f.name for f in fields(Job))


def as_json(value: object) -> str | None:
    return None if value is None else orjson.dumps(value, default=str).decode()


async def insert(connection: Connection, schema: str, job: Job) -> Job:
    """Write the job and give it, or the one of the same key that is under way."""
    while True:
        # If another transaction is about to write one of this key, this waits for its end.
        is_new = await connection.fetchval(
            f"""insert into {schema}.jobs (district_id, id, name, args, state, done, attempts, cancel_requested,
                    created_at, client_id, person_id, request_id, traceparent, lease_until, version, key)
                values ($1, $2, $3, $4::text::jsonb, 'queued', 0, 0, false, $5, $6, $7, $8, $9, $10, 1, $11)
                on conflict (district_id, key) where key is not null and state in ('queued', 'running') do nothing
                returning true""",
            job.district_id, job.id, job.name, as_json(job.args), job.created_at,
            job.client_id, job.person_id, job.request_id, job.traceparent, job.lease_until, job.key,
        )  # fmt: skip
        if is_new:
            return job
        if other := await _under_way(connection, schema, job.district_id, job.key):
            return other  # if there is none, it has ended in between


async def _under_way(connection: Connection, schema: str, district_id: UUID, key: str | None) -> Job | None:
    return _job(
        await connection.fetchrow(
            f"""select {COLUMNS} from {schema}.jobs
                where district_id = $1 and key = $2 and state in ('queued', 'running')""",
            district_id,
            key,
        )
    )


async def find(connection: Connection, schema: str, district_id: UUID, job_id: UUID) -> Job | None:
    return _job(
        await connection.fetchrow(
            f"select {COLUMNS} from {schema}.jobs where district_id = $1 and id = $2",
            district_id,
            job_id,
        )
    )


async def find_for_update(connection: Connection, schema: str, district_id: UUID, job_id: UUID) -> Job | None:
    return _job(
        await connection.fetchrow(
            f"select {COLUMNS} from {schema}.jobs where district_id = $1 and id = $2 for update",
            district_id,
            job_id,
        )
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    """The jobs of a district: of everybody or of one person, in any state or in one."""

    district_id: UUID
    person_id: UUID | None
    state: JobState | None

    @property
    def values(self) -> tuple[UUID, UUID | None, JobState | None]:
        return self.district_id, self.person_id, self.state


CHOSEN = "district_id = $1 and ($2::uuid is null or person_id = $2) and ($3::text is null or state = $3)"


async def page(connection: Connection, schema: str, chosen: Chosen, before: UUID | None, limit: int) -> list[Job]:
    """Give jobs, the newest first; ids are UUIDv7, hence in order of time."""
    rows = await connection.fetch(
        f"""select {COLUMNS} from {schema}.jobs where {CHOSEN} and ($4::uuid is null or id < $4)
            order by id desc limit $5""",
        *chosen.values, before, limit,
    )  # fmt: skip
    return [Job.of(row) for row in rows]


async def count(connection: Connection, schema: str, chosen: Chosen) -> int:
    return int(await connection.fetchval(f"select count(*) from {schema}.jobs where {CHOSEN}", *chosen.values))


async def ask_to_cancel(connection: Connection, schema: str, job: Job, now: datetime) -> Job:
    """End a queued job; tell a running one, which ends at its next report of progress."""
    if job.state.is_final or _keeps_a_promise(job):
        said = f"The job has {job.state}." if job.state.is_final else "It deletes what was to be kept for a time only."
        raise JobNotCancellable(said, state=job.state, possible=possible_actions(job))
    row = await connection.fetchrow(
        f"""update {schema}.jobs set cancel_requested = true, version = version + 1,
                   state = case state when 'queued' then 'cancelled' else state end,
                   finished_at = case state when 'queued' then $3::timestamptz end
            where district_id = $1 and id = $2 returning {COLUMNS}""",
        job.district_id, job.id, now,
    )  # fmt: skip
    return Job.of(_one(row))


async def retry(connection: Connection, schema: str, job: Job) -> Job:
    """Queue it again, as if it had never been tried."""
    if job.state not in {JobState.FAILED, JobState.CANCELLED}:
        raise JobNotRetryable(f"The job is {job.state}.", state=job.state, possible=possible_actions(job))
    if other := await _under_way(connection, schema, job.district_id, job.key):
        raise JobUnderWay(job_id=other.id)
    try:
        return await _queue_again(connection, schema, job)
    except asyncpg.UniqueViolationError as error:
        raise JobUnderWay from error


async def _queue_again(connection: Connection, schema: str, job: Job) -> Job:
    row = await connection.fetchrow(
        f"""update {schema}.jobs set state = 'queued', done = 0, total = null, message = null, attempts = 0,
                   cancel_requested = false, lease_until = null, started_at = null, finished_at = null, problem = null,
                   version = version + 1
            where district_id = $1 and id = $2 returning {COLUMNS}""",
        job.district_id, job.id,
    )  # fmt: skip
    return Job.of(_one(row))


def possible_actions(job: Job) -> list[str]:
    if not job.state.is_final:
        return [] if job.cancel_requested or _keeps_a_promise(job) else ["cancel"]
    return [] if job.state == JobState.SUCCEEDED else ["retry"]


def _keeps_a_promise(job: Job) -> bool:
    """Say whether it forgets something when its days are over, which nobody may put off: `<noun>.forget...` by name."""
    return job.name.partition(".")[2].startswith("forget")


def _job(row: asyncpg.Record | None) -> Job | None:
    return Job.of(row) if row else None


def _one(row: asyncpg.Record | None) -> asyncpg.Record:
    if row is None:  # the caller holds the row's lock
        raise RuntimeError("a locked job vanished")
    return row

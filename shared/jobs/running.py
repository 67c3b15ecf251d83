"""One job: take the lease, keep it, call the function, write how it ended.

    returns              succeeded, with what it returned
    JobCancelled         cancelled: somebody asked, and the function came to `progress`
    an outage            queued again, for later, up to ATTEMPTS times
    AppError, others     failed, with a problem that a person can act on
    asyncio's own cancel queued again for any worker at once: this process stops
    kill -9              nothing is written; the next worker on the same seat starts it again at once, another worker
                         when the lease has run out

So a function may run twice. What it does in `job.unit()` is done only while the lease is held, and `job.succeed(unit)`
ends the job in the transaction of its effects: neither comes without the other.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from shared import tracing
from shared.access.principals import ActingPerson, Principal
from shared.clock import now
from shared.database import Connection
from shared.errors import AppError, Unavailable
from shared.jobs.leases import LEASE, NOBODY, Holder, Lease, LeaseLost, take
from shared.jobs.outages import OUTAGES, is_outage
from shared.jobs.records import Job, JobState
from shared.jobs.telling import NOBODY as TELL_NOBODY
from shared.jobs.telling import Problem, Tells, tell
from shared.runtime import Runtime
from shared.units import Unit

log = structlog.get_logger()

ATTEMPTS = 5
PULSE = 15.0
# Progress is written at most this often, however often it is reported.
REPORT_EVERY = 0.25
# Pauses between attempts to write how a job ended; then its lease runs out and it is done again.
PATIENCE = (0.2, 1.0, 3.0, 10.0, 30.0)
HAND_BACK = 2.0


class JobCancelled(Exception):
    """Somebody asked to cancel this job. Clean up if need be, and let it pass."""


class JobFailed(AppError, title="The job failed on our side"):
    """What a caller is told about an error that nobody foresaw; the log has the rest."""


class JobGivenUp(AppError, title="The job was started several times and never came to an end"):
    pass


class JobContext:
    """What the function of a job gets."""

    def __init__(self, runtime: Runtime, job: Job, lease: Lease) -> None:
        self.runtime = runtime
        self.district_id = job.district_id
        self.job_id = job.id
        self.args = job.args
        self.attempt = job.attempts
        person = ActingPerson(job.person_id) if job.person_id else None
        self.who = Principal(job.district_id, job.client_id, person=person)
        self.has_ended = False
        self.is_lost = False
        self._request_id = job.request_id
        self._lease = lease
        self._held_until = asyncio.get_running_loop().time() + LEASE.total_seconds()
        self._cancel_asked = job.cancel_requested
        self._reported_at = float("-inf")
        self._unwritten: tuple[int, int | None, str | None] | None = None

    async def progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Say how far it is, as often as you like; leaves with `JobCancelled` if somebody asked for that."""
        self._unwritten = (done, total, message)
        await self.look()

    async def look(self) -> None:
        """Leave with `JobCancelled` if somebody asked for that, where there is nothing new to say."""
        time = asyncio.get_running_loop().time()
        if time - self._reported_at >= REPORT_EVERY:
            self._reported_at = time
            await self._pulse()
        if self._cancel_asked:
            raise JobCancelled

    @asynccontextmanager
    async def unit(self, *, hot: bool = False) -> AsyncIterator[Unit]:
        """Run a unit of work for whoever asked for the job. It commits only if this worker still holds the job."""
        try:
            async with self.runtime.database.unit(self.district_id, self.who, hot=hot) as unit:
                unit.request_id = self._request_id
                yield unit
                if not self.has_ended:
                    await self._lease.guard(unit.connection)
        except BaseException:
            self.has_ended = False  # what `succeed` wrote was rolled back
            raise

    async def succeed(self, unit: Unit, result: dict[str, Any] | None = None) -> None:
        """End the job as the last thing that this unit does."""
        await self.end(unit.connection, JobState.SUCCEEDED, result=result)
        self.has_ended = True

    async def end(self, connection: Connection, state: JobState, **outcome: dict[str, Any] | None) -> bool:
        if self._unwritten is not None:
            await self._lease.report(connection, None, *self._unwritten)
        return await self._lease.end(connection, state, now(), **outcome)

    async def keep_lease(self, task: "asyncio.Task[Any]") -> None:
        """Hold the lease while `task` runs; stop the task when the lease is lost, or may be."""
        while not self.has_ended:
            await asyncio.sleep(PULSE)
            try:
                await self._pulse()
            except LeaseLost:
                self.is_lost = not self.has_ended
            except OUTAGES as error:
                log.warning("lease_not_renewed", error=str(error))
                self.is_lost = asyncio.get_running_loop().time() > self._held_until
            if self.is_lost:
                task.cancel()
                return

    async def _pulse(self) -> None:
        time = asyncio.get_running_loop().time()
        unwritten, self._unwritten = self._unwritten, None
        async with self.runtime.database.transaction(self.district_id) as connection:
            if unwritten is None:
                self._cancel_asked = await self._lease.renew(connection)
            else:
                self._cancel_asked = await self._lease.report(connection, None, *unwritten)
        self._held_until = time + LEASE.total_seconds()


JobFunction = Callable[[JobContext], Awaitable[dict[str, Any] | None]]
Ending = Callable[[], Awaitable[None]]


async def run_job(
    runtime: Runtime,
    functions: Mapping[str, JobFunction],
    district_id: UUID,
    job_id: UUID,
    holder: Holder = NOBODY,
    tells: Tells = TELL_NOBODY,
) -> None:
    """Do the job if it waits for a worker; otherwise do nothing."""
    taken = await take(runtime.database, district_id, job_id, holder=holder)
    if taken is None:
        return
    job, lease = taken
    context = JobContext(runtime, job, lease)
    with tracing.bind(
        job.traceparent, job.request_id, name=job.name, job_id=job_id, district_id=district_id, spans=runtime.spans
    ):
        log.info("job_started", name=job.name, attempt=job.attempts)
        pulse = asyncio.create_task(context.keep_lease(_current_task()))
        try:
            ending = await _outcome(context, lease, job, functions.get(job.name), tells)
        except asyncio.CancelledError:
            if not context.is_lost:
                with suppress(TimeoutError):  # else the lease runs out
                    await asyncio.wait_for(_write(_giving_back(context, lease, None, counts=False)), HAND_BACK)
                raise
            _current_task().uncancel()
            ending = None
        finally:
            pulse.cancel()
        if ending is not None and not context.has_ended:
            await _write(ending)


async def _outcome(
    context: JobContext, lease: Lease, job: Job, function: JobFunction | None, tells: Tells
) -> Ending | None:
    """Call the function; give what is to be written about how that went."""
    try:
        result = await _call(context, job, function)
    except JobCancelled:
        log.info("job_cancelled")
        return lambda: _stop(context, job, tells, JobState.CANCELLED, None)
    except LeaseLost:
        log.warning("job_lost", name=job.name)
        return None
    except Exception as error:
        if is_outage(error) and job.attempts < ATTEMPTS:
            log.warning("job_postponed", name=job.name, attempt=job.attempts, error=str(error))
            return _giving_back(context, lease, timedelta(seconds=2 ** (job.attempts - 1)), counts=True)
        problem = _problem(error)
        log.warning("job_failed", name=job.name, problem=problem, exc_info=not isinstance(error, AppError))
        return lambda: _stop(context, job, tells, JobState.FAILED, problem)
    log.info("job_succeeded", name=job.name)
    return lambda: _succeed(context, result)


async def _call(context: JobContext, job: Job, function: JobFunction | None) -> dict[str, Any] | None:
    if job.cancel_requested:
        raise JobCancelled
    if job.attempts > ATTEMPTS:
        raise JobGivenUp
    if function is None:
        # A newer worker may know it: this one may be on its way out of a deployment.
        raise Unavailable(f"no worker knows the job {job.name}")
    return await function(context)


def _giving_back(context: JobContext, lease: Lease, pause: timedelta | None, *, counts: bool) -> Ending:
    async def give_back() -> None:
        async with context.runtime.database.transaction(context.district_id) as connection:
            await lease.give_back(connection, pause, counts=counts)

    return give_back


async def _succeed(context: JobContext, result: dict[str, Any] | None) -> None:
    async with context.runtime.database.transaction(context.district_id) as connection:
        await context.end(connection, JobState.SUCCEEDED, result=result)


async def _stop(context: JobContext, job: Job, tells: Tells, state: JobState, problem: Problem) -> None:
    """End it without success, and tell the row that it works for, in one transaction."""
    database = context.runtime.database
    try:
        async with database.unit(context.district_id, context.who) as unit:
            unit.request_id = job.request_id
            if await context.end(unit.connection, state, problem=problem):
                await tell(tells, unit, job, state, problem)
    except Exception as error:
        if is_outage(error) or isinstance(error, LeaseLost):
            raise
        # Better a row that does not know than a job that never ends.
        log.exception("job_end_not_told", name=job.name)
        async with database.transaction(context.district_id) as connection:
            await context.end(connection, state, problem=problem)


async def _write(ending: Ending) -> None:
    for pause in PATIENCE:
        try:
            await ending()
        except LeaseLost:
            return
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("job_outcome_unwritten", error=str(error))
            await asyncio.sleep(pause)
        else:
            return


def _problem(error: Exception) -> dict[str, Any]:
    return error.problem() if isinstance(error, AppError) else JobFailed().problem()


def _current_task() -> "asyncio.Task[Any]":
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a job runs in a task")
    return task

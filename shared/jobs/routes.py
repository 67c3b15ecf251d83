"""Jobs over HTTP: list, read, follow, cancel, retry. A person sees the jobs asked for them, a machine all."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from shared.errors import NotFound
from shared.jobs import records
from shared.jobs.reading import JobRead
from shared.jobs.records import Job, JobState
from shared.jobs.starting import wake_after_commit
from shared.jobs.stream import EventStream, event_id, follow
from shared.jobs.telling import NOBODY, Tells, tell
from shared.paging import ListQuery, Page, decode, encode, link_next
from shared.routing import reads, resource_router, writes
from shared.runtime import Runtime
from shared.units import Unit
from shared.wire import Id
from shared.writes import check_version, etag

CanReadJobs = Annotated[Unit, Depends(reads("jobs.read", hot=True))]
CanWriteJobs = Annotated[Unit, Depends(writes("jobs.write"))]


class JobsQuery(ListQuery):
    state: JobState | None = None


def jobs_router(service: str, tells: Tells = NOBODY) -> APIRouter:
    router = resource_router("jobs")
    path = f"/v1/jobs/{service}"

    @router.get(path, operation_id=f"list_{service}_jobs")
    async def list_jobs(request: Request, query: Annotated[JobsQuery, Query()], unit: CanReadJobs) -> Page[JobRead]:
        """List jobs, the newest first."""
        return await _page(unit, request, query)

    @router.get(f"{path}/{{job_id}}", operation_id=f"get_{service}_job")
    async def get_job(request: Request, job_id: Id, unit: CanReadJobs) -> JobRead:
        return _show(unit, await _visible(unit, job_id), request)

    @router.get(
        f"{path}/{{job_id}}/events",
        operation_id=f"follow_{service}_job",
        response_class=EventStream,
        responses={204: {"description": "The job has ended, and Last-Event-ID says that you know."}},
    )
    async def follow_job(
        request: Request, job_id: Id, unit: CanReadJobs, last_event_id: Annotated[str | None, Header()] = None
    ) -> Response:
        """Stream `progress` events, each with the job, up to a final state; after a minute, reconnect."""
        return _stream(_runtime(request), unit, await _visible(unit, job_id), last_event_id)

    @router.post(f"{path}/{{job_id}}/cancel", operation_id=f"cancel_{service}_job")
    async def cancel_job(request: Request, job_id: Id, unit: CanWriteJobs) -> JobRead:
        """A queued job is cancelled at once, a running one at its next report of progress."""
        job = await _visible(unit, job_id, lock=True)
        check_version(unit, job.version)
        unit.audit("job.cancelled", "jobs", job.id)
        return _show(unit, await _cancelled(unit, job, tells), request)

    @router.post(f"{path}/{{job_id}}/retry", operation_id=f"retry_{service}_job")
    async def retry_job(request: Request, job_id: Id, unit: CanWriteJobs) -> JobRead:
        """Queue a failed or cancelled job again."""
        job = await _visible(unit, job_id, lock=True)
        check_version(unit, job.version)
        unit.audit("job.retried", "jobs", job.id)
        wake_after_commit(unit, _runtime(request).queue, job)
        return _show(unit, await _queued_again(unit, job, tells), request)

    return router


async def _cancelled(unit: Unit, job: Job, tells: Tells) -> Job:
    asked = await records.ask_to_cancel(unit.connection, unit.schema, job, unit.now)
    if asked.state.is_final:
        await tell(tells, unit, asked, asked.state)
    return asked


async def _queued_again(unit: Unit, job: Job, tells: Tells) -> Job:
    queued = await records.retry(unit.connection, unit.schema, job)
    await tell(tells, unit, queued, queued.state)
    return queued


async def _visible(unit: Unit, job_id: UUID, *, lock: bool = False) -> Job:
    read = records.find_for_update if lock else records.find
    job = await read(unit.connection, unit.schema, unit.district_id, job_id)
    if job is None or unit.who.person_id not in {None, job.person_id}:
        raise NotFound
    return job


async def _page(unit: Unit, request: Request, query: JobsQuery) -> Page[JobRead]:
    (before,) = decode(unit, query, (UUID,)) or (None,)
    chosen = records.Chosen(unit.district_id, unit.who.person_id, query.state)
    jobs = await records.page(unit.connection, unit.schema, chosen, before, query.limit + 1)
    total = await records.count(unit.connection, unit.schema, chosen) if query.count else None
    data = [JobRead.of(job, _runtime(request)) for job in jobs[: query.limit]]
    following = encode(unit, query, [data[-1].id]) if len(jobs) > query.limit else None
    link_next(unit, request, following)
    return Page(data=data, next=following, total=total)


def _stream(runtime: Runtime, unit: Unit, job: Job, last_event_id: str | None) -> Response:
    if job.state.is_final and event_id(job) == last_event_id:
        return Response(status_code=204)  # which tells an EventSource to stop
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventStream(follow(runtime, job, last_event_id, unit.ask_again), headers=headers)


def _show(unit: Unit, job: Job, request: Request) -> JobRead:
    unit.answer.headers["ETag"] = etag(job.version)
    return JobRead.of(job, _runtime(request))


def _runtime(request: Request) -> Runtime:
    return cast("Runtime", request.app.state.runtime)

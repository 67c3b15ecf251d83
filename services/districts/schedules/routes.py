from typing import Annotated, cast

from fastapi import Query, Request

from services.districts.auth import CanReadSchedules, CanWriteSchedules
from services.districts.schedules import records, service
from services.districts.schedules.models import Schedule
from services.districts.schedules.schemas import ScheduleRead, ScheduleWrite
from shared.paging import Page, ResourceQuery, filtered, page_of
from shared.routing import created, resource_router
from shared.runtime import Runtime
from shared.wire import Id
from shared.writes import show

router = resource_router("schedules")


def _read(row: Schedule) -> ScheduleRead:
    job = f"/v1/jobs/districts/{row.job_id}" if row.job_id else None
    return ScheduleRead.model_validate(row.model_dump() | {"job": job})


@router.put("/v1/schedules/{schedule_id}", responses=created(ScheduleRead))
async def put_schedule(schedule_id: Id, body: ScheduleWrite, unit: CanWriteSchedules) -> ScheduleRead:
    """Have something done by the clock of a time zone. It takes the scopes of what is done, now and at each run.

    Missed runs are made up for once. A run is a job; it fails, and says why, once its client may no longer do it.
    """
    return _read(await service.put(unit, schedule_id, body))


@router.get("/v1/schedules")
async def list_schedules(
    request: Request, query: Annotated[ResourceQuery, Query()], unit: CanReadSchedules
) -> Page[ScheduleRead]:
    statement = filtered(records.visible_to(unit.who), Schedule, query)
    rows, following, total = await page_of(unit, request, query, statement, Schedule.id)
    return Page(data=[_read(row) for row in rows], next=following, total=total)


@router.get("/v1/schedules/{schedule_id}")
async def get_schedule(schedule_id: Id, unit: CanReadSchedules) -> ScheduleRead:
    return _read(show(unit, await records.get_schedule(unit, schedule_id)))


@router.post("/v1/schedules/{schedule_id}/run", status_code=202)
async def run_schedule(schedule_id: Id, request: Request, unit: CanWriteSchedules) -> ScheduleRead:
    """Run it now, besides; `job` follows it. While a run waits or goes on, that one is it."""
    return _read(await service.run_now(unit, cast("Runtime", request.app.state.runtime), schedule_id))


@router.post("/v1/schedules/{schedule_id}/archive")
async def archive_schedule(schedule_id: Id, unit: CanWriteSchedules) -> ScheduleRead:
    return _read(await service.archive(unit, schedule_id))

from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanExportCalendars, CanImportSchools, CanReadSchools, CanWriteSchools
from services.districts.calendars import queries, rules, service
from services.districts.calendars.models import Calendar
from services.districts.calendars.schemas import (
    BellScheduleRead,
    CalendarDays,
    CalendarPatch,
    CalendarQuery,
    CalendarRead,
    CalendarWrite,
    SchoolDayRead,
    StretchQuery,
)
from services.districts.calendars.table import TABLE
from services.districts.tabular.routes import add_table
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("calendars")
add_table(router, TABLE, may_export=CanExportCalendars, may_import=CanImportSchools)


@router.get("/v1/calendars")
async def list_calendars(
    request: Request, query: Annotated[CalendarQuery, Query()], unit: CanReadSchools
) -> Page[CalendarRead]:
    chain = await queries.chain_of(unit, query.applies_to) if query.applies_to else []
    statement = queries.found(unit.who, query, chain)
    rows, following, total = await page_of(unit, request, query, statement, Calendar.id)
    return Page(data=[CalendarRead.model_validate(row) for row in rows], next=following, total=total)


@router.put("/v1/calendars/{calendar_id}", responses=created(CalendarRead))
async def put_calendar(calendar_id: Id, body: CalendarWrite, unit: CanWriteSchools) -> CalendarRead:
    return CalendarRead.model_validate(await service.put_calendar(unit, calendar_id, body))


@router.get("/v1/calendars/{calendar_id}")
async def get_calendar(calendar_id: Id, unit: CanReadSchools) -> CalendarRead:
    return CalendarRead.model_validate(show(unit, await service.get_calendar(unit, calendar_id)))


@router.patch("/v1/calendars/{calendar_id}")
async def patch_calendar(calendar_id: Id, body: CalendarPatch, unit: CanWriteSchools) -> CalendarRead:
    return CalendarRead.model_validate(await service.patch_calendar(unit, calendar_id, body))


@router.post("/v1/calendars/{calendar_id}/archive")
async def archive_calendar(calendar_id: Id, unit: CanWriteSchools) -> CalendarRead:
    return CalendarRead.model_validate(await service.archive_calendar(unit, calendar_id))


@router.get("/v1/calendars/{calendar_id}/days")
async def list_calendar_days(
    calendar_id: Id, query: Annotated[StretchQuery, Query()], unit: CanReadSchools
) -> CalendarDays:
    """Say of each day what it is and which bells ring, and count those with instruction and those that staff works.

    What the calendar itself does not say is as in the calendars of the organisations above. Days outside of the
    calendar are left out.
    """
    return _days(*await service.days_of(unit, calendar_id, query))


def _days(row: Calendar, levels: list[rules.Level], days: list[rules.SchoolDay]) -> CalendarDays:
    return CalendarDays(
        calendar_id=row.id,
        org_id=row.org_id,
        time_zone=rules.time_zone_of(levels),
        begin_date=days[0].day if days else row.begin_date,
        end_date=days[-1].day if days else row.begin_date,
        instructional_days=sum(it.is_instructional for it in days),
        working_days=sum(it.is_working for it in days),
        bell_schedules=[BellScheduleRead.model_validate(it) for it in rules.bell_schedules_of(levels)],
        days=[
            SchoolDayRead(
                date=it.day, kind=it.kind, label=it.label, bell_schedule=it.bell_schedule,
                is_instructional=it.is_instructional, is_working=it.is_working,
            )
            for it in days
        ],
    )  # fmt: skip

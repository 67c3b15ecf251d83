from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanReadRoster, CanWriteRoster
from services.districts.courses import queries, service
from services.districts.courses.models import Course
from services.districts.courses.schemas import CoursePatch, CourseQuery, CourseRead
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("courses")


@router.get("/v1/courses")
async def list_courses(
    request: Request, query: Annotated[CourseQuery, Query()], unit: CanReadRoster
) -> Page[CourseRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Course.id)
    return Page(data=[CourseRead.model_validate(row) for row in rows], next=following, total=total)


@router.get("/v1/courses/{course_id}")
async def get_course(course_id: Id, unit: CanReadRoster) -> CourseRead:
    return CourseRead.model_validate(show(unit, await service.get_course(unit, course_id)))


@router.patch("/v1/courses/{course_id}")
async def patch_course(course_id: Id, body: CoursePatch, unit: CanWriteRoster) -> CourseRead:
    """Correct it by hand: that holds until the roster's source itself says something new."""
    return CourseRead.model_validate(await service.patch_course(unit, course_id, body))


@router.post("/v1/courses/{course_id}/archive")
async def archive_course(course_id: Id, unit: CanWriteRoster) -> CourseRead:
    return CourseRead.model_validate(await service.archive_course(unit, course_id))

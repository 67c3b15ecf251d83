from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanReadRoster, CanWriteRoster
from services.districts.enrollments import queries, service
from services.districts.enrollments.models import Enrollment
from services.districts.enrollments.schemas import EnrollmentPatch, EnrollmentQuery, EnrollmentRead
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("enrollments")


@router.get("/v1/enrollments")
async def list_enrollments(
    request: Request, query: Annotated[EnrollmentQuery, Query()], unit: CanReadRoster
) -> Page[EnrollmentRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Enrollment.id)
    unit.audit("enrollment.listed", "enrollments", rows=len(rows))
    return Page(data=[EnrollmentRead.model_validate(row) for row in rows], next=following, total=total)


@router.get("/v1/enrollments/{enrollment_id}")
async def get_enrollment(enrollment_id: Id, unit: CanReadRoster) -> EnrollmentRead:
    unit.audit("enrollment.viewed", "enrollments", enrollment_id)
    return EnrollmentRead.model_validate(show(unit, await service.get_enrollment(unit, enrollment_id)))


@router.patch("/v1/enrollments/{enrollment_id}")
async def patch_enrollment(enrollment_id: Id, body: EnrollmentPatch, unit: CanWriteRoster) -> EnrollmentRead:
    """Correct it by hand: that holds until the roster's source itself says something new."""
    return EnrollmentRead.model_validate(await service.patch_enrollment(unit, enrollment_id, body))


@router.post("/v1/enrollments/{enrollment_id}/archive")
async def archive_enrollment(enrollment_id: Id, unit: CanWriteRoster) -> EnrollmentRead:
    return EnrollmentRead.model_validate(await service.archive_enrollment(unit, enrollment_id))

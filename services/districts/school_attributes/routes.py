from typing import Annotated, cast

from fastapi import Query, Request

from services.districts.auth import CanExportSchoolAttributes, CanImportSchools, CanReadSchools, CanWriteSchools
from services.districts.school_attributes import queries, service
from services.districts.school_attributes.models import SchoolAttributes
from services.districts.school_attributes.rendering import read
from services.districts.school_attributes.schemas import (
    SchoolAttributesPatch,
    SchoolAttributesQuery,
    SchoolAttributesRead,
    SchoolAttributesWrite,
)
from services.districts.school_attributes.table import TABLE
from services.districts.settings import DistrictsSettings
from services.districts.tabular.routes import add_table
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("school attributes")
add_table(router, TABLE, may_export=CanExportSchoolAttributes, may_import=CanImportSchools)


@router.get("/v1/school-attributes")
async def list_school_attributes(
    request: Request, query: Annotated[SchoolAttributesQuery, Query()], unit: CanReadSchools
) -> Page[SchoolAttributesRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), SchoolAttributes.id)
    return Page(data=[_read(request, row) for row in rows], next=following, total=total)


@router.put("/v1/school-attributes/{attributes_id}", responses=created(SchoolAttributesRead))
async def put_school_attributes(
    attributes_id: Id, body: SchoolAttributesWrite, request: Request, unit: CanWriteSchools
) -> SchoolAttributesRead:
    """Create or replace. Send the students as they were counted: what is shown of them is decided on reading."""
    return _read(request, await service.put_school_attributes(unit, attributes_id, body))


@router.get("/v1/school-attributes/{attributes_id}")
async def get_school_attributes(attributes_id: Id, request: Request, unit: CanReadSchools) -> SchoolAttributesRead:
    """Read them. Numbers of few students are hidden, and so are those from which one could work them out."""
    return _read(request, show(unit, await service.get_school_attributes(unit, attributes_id)))


@router.patch("/v1/school-attributes/{attributes_id}")
async def patch_school_attributes(
    attributes_id: Id, body: SchoolAttributesPatch, request: Request, unit: CanWriteSchools
) -> SchoolAttributesRead:
    return _read(request, await service.patch_school_attributes(unit, attributes_id, body))


@router.post("/v1/school-attributes/{attributes_id}/archive")
async def archive_school_attributes(attributes_id: Id, request: Request, unit: CanWriteSchools) -> SchoolAttributesRead:
    return _read(request, await service.archive_school_attributes(unit, attributes_id))


def _read(request: Request, row: SchoolAttributes) -> SchoolAttributesRead:
    return read(row, cast("DistrictsSettings", request.app.state.runtime.settings).students_n_min)

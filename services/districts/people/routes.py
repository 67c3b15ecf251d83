from typing import Annotated, Any

from fastapi import Query, Request

from services.districts.auth import CanReadRoster, CanWriteRoster
from services.districts.people import queries, service
from services.districts.people.models import Person
from services.districts.people.rendering import read_all, read_ids, read_one
from services.districts.people.schemas import (
    PersonIds,
    PersonPatch,
    PersonQuery,
    PersonRead,
    PersonWrite,
    RolesQuery,
)
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("people")
CREATED: dict[int | str, dict[str, Any]] = {201: {"model": PersonRead, "description": "Created"}}


@router.get("/v1/people")
async def list_people(
    request: Request, query: Annotated[PersonQuery, Query()], unit: CanReadRoster
) -> Page[PersonRead]:
    """List staff, never students."""
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Person.id)
    unit.audit("person.listed", "people", ids=[row.id for row in rows])
    return Page(data=await read_all(unit, rows, query.as_of), next=following, total=total)


@router.put("/v1/people/{person_id}", responses=CREATED)
async def put_person(person_id: Id, body: PersonWrite, unit: CanWriteRoster) -> PersonRead:
    """Create a member of staff by hand, or replace one. What is said here survives the nightly roster.

    Roles of the roster's own source stay: end them there. Fields of a rostered person hold until the source itself says
    something new about that person.
    """
    return await read_one(unit, await service.put_person(unit, person_id, body))


@router.get("/v1/people/{person_id}")
async def get_person(person_id: Id, query: Annotated[RolesQuery, Query()], unit: CanReadRoster) -> PersonRead:
    """Read one. Who was merged into another is that other one: `Content-Location` says so, and `id` does."""
    row = show(unit, await service.get_person(unit, person_id))
    unit.audit("person.viewed", "people", row.id)
    return await read_one(unit, row, query.as_of, asked_for=person_id)


@router.get("/v1/people/{person_id}/external-ids")
async def get_external_ids(person_id: Id, unit: CanReadRoster) -> PersonIds:
    """Read by which ids other systems know a member of staff, or knew before they gave out new ones."""
    row = await service.get_person(unit, person_id)
    unit.audit("person.viewed", "people", row.id)
    return await read_ids(unit, row)


@router.patch("/v1/people/{person_id}")
async def patch_person(person_id: Id, body: PersonPatch, unit: CanWriteRoster) -> PersonRead:
    return await read_one(unit, await service.patch_person(unit, person_id, body))


@router.post("/v1/people/{person_id}/archive")
async def archive_person(person_id: Id, unit: CanWriteRoster) -> PersonRead:
    """Archive: the relationships that follow from the person's roles end, and so do the rights."""
    return await read_one(unit, await service.archive_person(unit, person_id))

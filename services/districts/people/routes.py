from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request

from services.districts.auth import CanReadRoster, CanWriteRoster
from services.districts.people import queries, service
from services.districts.people.models import Person, Role
from services.districts.people.schemas import (
    PersonIds,
    PersonPatch,
    PersonQuery,
    PersonRead,
    PersonWrite,
    RoleRead,
    RolesQuery,
)
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.units import Unit
from shared.wire import Id
from shared.writes import show

router = resource_router("people")
CREATED: dict[int | str, dict[str, Any]] = {201: {"model": PersonRead, "description": "Created"}}


def _read(row: Person, roles: list[Role]) -> PersonRead:
    return PersonRead.model_validate(row.model_dump() | {"roles": [RoleRead.model_validate(role) for role in roles]})


async def _with_roles(unit: Unit, row: Person, as_of: date | None = None) -> PersonRead:
    await unit.session.flush()
    return _read(row, (await queries.roles_of(unit, [row.id], as_of))[row.id])


@router.get("/v1/people")
async def list_people(
    request: Request, query: Annotated[PersonQuery, Query()], unit: CanReadRoster
) -> Page[PersonRead]:
    """List staff, never students."""
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Person.id)
    roles = await queries.roles_of(unit, [row.id for row in rows], query.as_of)
    unit.audit("person.listed", "people", ids=[row.id for row in rows])
    return Page(data=[_read(row, roles[row.id]) for row in rows], next=following, total=total)


@router.put("/v1/people/{person_id}", responses=CREATED)
async def put_person(person_id: Id, body: PersonWrite, unit: CanWriteRoster) -> PersonRead:
    """Create a member of staff by hand, or replace one. What is said here survives the nightly roster.

    Roles of the roster's own source stay: end them there. Fields of a rostered person hold until the source itself says
    something new about that person.
    """
    return await _with_roles(unit, await service.put_person(unit, person_id, body))


@router.get("/v1/people/{person_id}")
async def get_person(person_id: Id, query: Annotated[RolesQuery, Query()], unit: CanReadRoster) -> PersonRead:
    row = show(unit, await service.get_person(unit, person_id))
    unit.audit("person.viewed", "people", row.id)
    return await _with_roles(unit, row, query.as_of)


@router.get("/v1/people/{person_id}/external-ids")
async def get_external_ids(person_id: Id, unit: CanReadRoster) -> PersonIds:
    """Read by which ids other systems know a member of staff, or knew before they gave out new ones."""
    row = await service.get_person(unit, person_id)
    former = await queries.former_ids_of(unit, person_id)
    unit.audit("person.viewed", "people", row.id)
    return PersonIds.model_validate(row.model_dump() | {"former_sourced_ids": [f.model_dump() for f in former]})


@router.patch("/v1/people/{person_id}")
async def patch_person(person_id: Id, body: PersonPatch, unit: CanWriteRoster) -> PersonRead:
    return await _with_roles(unit, await service.patch_person(unit, person_id, body))


@router.post("/v1/people/{person_id}/archive")
async def archive_person(person_id: Id, unit: CanWriteRoster) -> PersonRead:
    """Archive: the relationships that follow from the person's roles end, and so do the rights."""
    return await _with_roles(unit, await service.archive_person(unit, person_id))

from typing import Annotated, Any

from fastapi import Query, Request

from services.districts.auth import CanExportRelationships, CanImportRelationships, CanReadRoster, CanWriteRoster
from services.districts.relationships import explaining, queries, service
from services.districts.relationships.models import Relationship
from services.districts.relationships.schemas import (
    RelationshipPatch,
    RelationshipQuery,
    RelationshipRead,
    RelationshipWhy,
    RelationshipWrite,
)
from services.districts.relationships.table import TABLE
from services.districts.tabular.routes import add_table
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("relationships")
CREATED: dict[int | str, dict[str, Any]] = {201: {"model": RelationshipRead, "description": "Created"}}
add_table(router, TABLE, may_export=CanExportRelationships, may_import=CanImportRelationships)


@router.get("/v1/relationships")
async def list_relationships(
    request: Request, query: Annotated[RelationshipQuery, Query()], unit: CanReadRoster
) -> Page[RelationshipRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Relationship.id)
    unit.audit("relationship.listed", "relationships", rows=len(rows))
    return Page(data=[RelationshipRead.model_validate(row) for row in rows], next=following, total=total)


@router.put("/v1/relationships/{relationship_id}", responses=CREATED)
async def put_relationship(relationship_id: Id, body: RelationshipWrite, unit: CanWriteRoster) -> RelationshipRead:
    """Create by hand, or replace: coaching, evaluating, supervising, mentoring; it survives every roster.

    No two of the same person and kind, to the same person or organisation, hold on the same day (409). What roles give
    makes room for what is by hand. Between people it lies within the time in which both have roles here.
    """
    return RelationshipRead.model_validate(await service.put_relationship(unit, relationship_id, body))


@router.get("/v1/relationships/{relationship_id}")
async def get_relationship(relationship_id: Id, unit: CanReadRoster) -> RelationshipRead:
    unit.audit("relationship.viewed", "relationships", relationship_id)
    return RelationshipRead.model_validate(show(unit, await service.get_relationship(unit, relationship_id)))


@router.patch("/v1/relationships/{relationship_id}")
async def patch_relationship(relationship_id: Id, body: RelationshipPatch, unit: CanWriteRoster) -> RelationshipRead:
    """Correct it by hand. One that followed from a role is by hand from then on, and still ends with the role."""
    return RelationshipRead.model_validate(await service.patch_relationship(unit, relationship_id, body))


@router.post("/v1/relationships/{relationship_id}/archive")
async def archive_relationship(relationship_id: Id, unit: CanWriteRoster) -> RelationshipRead:
    return RelationshipRead.model_validate(await service.archive_relationship(unit, relationship_id))


@router.post("/v1/relationships/{relationship_id}/restore")
async def restore_relationship(relationship_id: Id, unit: CanWriteRoster) -> RelationshipRead:
    """Take the archiving back: what roles give follows them again, anything else is a grant by hand."""
    return RelationshipRead.model_validate(await service.restore_relationship(unit, relationship_id))


@router.get("/v1/relationships/{relationship_id}/why")
async def explain_relationship(relationship_id: Id, unit: CanReadRoster) -> RelationshipWhy:
    """Explain why it holds or does not: roles, imports and clients that it came from, and what goes before what."""
    row = await service.get_relationship(unit, relationship_id)
    unit.audit("relationship.viewed", "relationships", row.id)
    return await explaining.explain(unit, row)

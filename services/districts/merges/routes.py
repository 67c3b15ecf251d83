from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanReadMerges, CanWriteRoster
from services.districts.merges import queries, service
from services.districts.merges.models import PersonMerge
from services.districts.merges.moving import entity_of
from services.districts.merges.schemas import MergeWrite, PersonMergeQuery, PersonMergeRead, RowMove
from services.districts.people.rendering import read_one
from services.districts.people.schemas import PersonRead
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.wire import Id

router = resource_router("people")


def _read(row: PersonMerge) -> PersonMergeRead:
    moves = [
        RowMove(entity=entity_of(move["table"]), id=move["id"], is_set_aside="archived_at" in move["new"])
        for move in row.moves
    ]
    return PersonMergeRead.model_validate(row.model_dump() | {"moves": moves})


@router.post("/v1/people/{person_id}/merge")
async def merge_person(person_id: Id, body: MergeWrite, unit: CanWriteRoster) -> PersonRead:
    """Merge a duplicate into the person who it is, and answer that person.

    Roles, relationships, seats, assignments and leaves go over; what would overlap is set aside. The id, and every id
    of other systems, resolves to that person from then on. Who was merged, or has others merged into them, is refused.
    """
    row = await service.merge_person(unit, person_id, body.into, even_if_archived=body.even_if_archived)
    return await read_one(unit, row, asked_for=person_id)


@router.post("/v1/people/{person_id}/unmerge")
async def unmerge_person(person_id: Id, unit: CanWriteRoster) -> PersonRead:
    """Take a merge back, and answer the person who was merged. `If-Match` is the ETag of `GET` of this same id.

    What the merge moved goes back and what it set aside holds again. Where that cannot be, nothing is changed, and
    `blocked_by` names every row that stands in the way. Of several merges into one person the last is taken back first.
    """
    return await read_one(unit, await service.unmerge_person(unit, person_id))


@router.get("/v1/people/{person_id}/merges")
async def list_merges(
    request: Request, person_id: Id, query: Annotated[PersonMergeQuery, Query()], unit: CanReadMerges
) -> Page[PersonMergeRead]:
    """List who was merged into this person, with what that moved and set aside; `archived` has what was taken back."""
    statement = queries.found(unit.who, person_id, query)
    rows, following, total = await page_of(unit, request, query, statement, PersonMerge.id)
    unit.audit("person_merge.listed", "people", person_id, rows=len(rows))
    return Page(data=[_read(row) for row in rows], next=following, total=total)

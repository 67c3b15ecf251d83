from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanReadRoster, CanWriteRoster
from services.districts.terms import queries, service
from services.districts.terms.models import Term
from services.districts.terms.schemas import TermPatch, TermQuery, TermRead
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("terms")


@router.get("/v1/terms")
async def list_terms(request: Request, query: Annotated[TermQuery, Query()], unit: CanReadRoster) -> Page[TermRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Term.id)
    return Page(data=[TermRead.model_validate(row) for row in rows], next=following, total=total)


@router.get("/v1/terms/{term_id}")
async def get_term(term_id: Id, unit: CanReadRoster) -> TermRead:
    return TermRead.model_validate(show(unit, await service.get_term(unit, term_id)))


@router.patch("/v1/terms/{term_id}")
async def patch_term(term_id: Id, body: TermPatch, unit: CanWriteRoster) -> TermRead:
    """Correct it by hand: that holds until the roster's source itself says something new."""
    return TermRead.model_validate(await service.patch_term(unit, term_id, body))


@router.post("/v1/terms/{term_id}/archive")
async def archive_term(term_id: Id, unit: CanWriteRoster) -> TermRead:
    return TermRead.model_validate(await service.archive_term(unit, term_id))

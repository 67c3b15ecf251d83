from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanErase, CanReadErasures
from services.districts.legal_holds import queries, service
from services.districts.legal_holds.models import LegalHold
from services.districts.legal_holds.schemas import LegalHoldQuery, LegalHoldRead, LegalHoldWrite
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("legal holds")


@router.get("/v1/legal-holds")
async def list_legal_holds(
    request: Request, query: Annotated[LegalHoldQuery, Query()], unit: CanReadErasures
) -> Page[LegalHoldRead]:
    statement = queries.found(unit.who, query)
    rows, following, total = await page_of(unit, request, query, statement, LegalHold.id)
    unit.audit("legal_hold.listed", "legal-holds", ids=[row.id for row in rows])
    return Page(data=[LegalHoldRead.model_validate(row) for row in rows], next=following, total=total)


@router.put("/v1/legal-holds/{hold_id}", responses=created(LegalHoldRead))
async def put_legal_hold(hold_id: Id, body: LegalHoldWrite, unit: CanErase) -> LegalHoldRead:
    """Keep all that is about a person from being erased, by a request as by retention, until this is archived."""
    return LegalHoldRead.model_validate(await service.put_hold(unit, hold_id, body))


@router.get("/v1/legal-holds/{hold_id}")
async def get_legal_hold(hold_id: Id, unit: CanReadErasures) -> LegalHoldRead:
    unit.audit("legal_hold.viewed", "legal-holds", hold_id)
    return LegalHoldRead.model_validate(show(unit, await service.get_hold(unit, hold_id)))


@router.post("/v1/legal-holds/{hold_id}/archive")
async def archive_legal_hold(hold_id: Id, unit: CanErase) -> LegalHoldRead:
    return LegalHoldRead.model_validate(await service.archive_hold(unit, hold_id))

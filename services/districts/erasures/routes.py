from typing import Annotated, cast

from fastapi import Query, Request

from services.districts.auth import CanErase, CanReadErasures
from services.districts.erasures import service
from services.districts.erasures.models import Erasure
from services.districts.erasures.queries import found
from services.districts.erasures.records import get_erasure
from services.districts.erasures.rules import possible
from services.districts.erasures.schemas import ErasureAsk, ErasureQuery, ErasureRead
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.runtime import Runtime
from shared.wire import Id
from shared.writes import show

router = resource_router("erasures")


def _read(row: Erasure) -> ErasureRead:
    return ErasureRead.model_validate(row.model_dump() | ErasureRead.address(row, possible(row.state)))


def _runtime(request: Request) -> Runtime:
    return cast("Runtime", request.app.state.runtime)


@router.post("/v1/erasures", status_code=202)
async def plan_erasure(request: Request, given: ErasureAsk, unit: CanErase) -> ErasureRead:
    """Plan an erasure in all services: of all that is about one person, or of what is over by the retention rules.

    The plan counts what would be changed, by table, with a few ids. Nothing is erased before it is applied.
    """
    return _read(await service.ask(unit, _runtime(request), given))


@router.get("/v1/erasures")
async def list_erasures(
    request: Request, query: Annotated[ErasureQuery, Query()], unit: CanReadErasures
) -> Page[ErasureRead]:
    rows, following, total = await page_of(unit, request, query, found(unit.who, query), Erasure.id)
    unit.audit("erasure.listed", "erasures", ids=[row.id for row in rows])
    return Page(data=[_read(row) for row in rows], next=following, total=total)


@router.get("/v1/erasures/{erasure_id}")
async def get_one_erasure(erasure_id: Id, unit: CanReadErasures) -> ErasureRead:
    unit.audit("erasure.viewed", "erasures", erasure_id)
    return _read(show(unit, await get_erasure(unit, erasure_id)))


@router.post("/v1/erasures/{erasure_id}/apply", status_code=202)
async def apply_erasure(erasure_id: Id, request: Request, unit: CanErase) -> ErasureRead:
    """Erase what was planned, under the plan's ETag. It cannot be taken back. A killed job goes on."""
    return _read(await service.apply(unit, _runtime(request), erasure_id))


@router.post("/v1/erasures/{erasure_id}/cancel")
async def cancel_erasure(erasure_id: Id, unit: CanErase) -> ErasureRead:
    return _read(await service.cancel(unit, erasure_id))

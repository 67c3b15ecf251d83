from typing import Annotated

from fastapi import Query, Request

from services.coaching.auth import CanReadPL, CanWritePL
from services.coaching.pl_sessions import queries, service
from services.coaching.pl_sessions.models import PLSession
from services.coaching.pl_sessions.schemas import Delivery, PLSessionQuery, PLSessionRead, PLSessionWrite
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.units import Unit
from shared.wire import Id
from shared.writes import show

router = resource_router("professional learning")
CREATED = created(PLSessionRead)


@router.put("/v1/pl-sessions/{session_id}", responses=CREATED)
async def put_pl_session(session_id: Id, body: PLSessionWrite, unit: CanWritePL) -> PLSessionRead:
    return await _read(unit, await service.put_session(unit, session_id, body))


@router.get("/v1/pl-sessions/{session_id}")
async def get_pl_session(session_id: Id, unit: CanReadPL) -> PLSessionRead:
    unit.audit("pl_session.viewed", "pl-sessions", session_id)
    return await _read(unit, show(unit, await service.get_session(unit, session_id)))


@router.get("/v1/pl-sessions")
async def list_pl_sessions(
    request: Request, query: Annotated[PLSessionQuery, Query()], unit: CanReadPL
) -> Page[PLSessionRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), PLSession.id)
    unit.audit("pl_session.listed", "pl-sessions", rows=len(rows))
    return Page(data=await service.read_all(unit, rows), next=following, total=total)


@router.post("/v1/pl-sessions/{session_id}/deliver")
async def deliver_pl_session(session_id: Id, body: Delivery, unit: CanWritePL) -> PLSessionRead:
    return await _read(unit, await service.deliver(unit, session_id, body))


@router.post("/v1/pl-sessions/{session_id}/cancel")
async def cancel_pl_session(session_id: Id, unit: CanWritePL) -> PLSessionRead:
    return await _read(unit, await service.cancel(unit, session_id))


async def _read(unit: Unit, row: PLSession) -> PLSessionRead:
    return (await service.read_all(unit, [row]))[0]

from typing import Annotated

from fastapi import Query, Request

from services.coaching.auth import CanReadPL, CanWritePL
from services.coaching.pl_activities import queries, service
from services.coaching.pl_activities.models import PLActivity
from services.coaching.pl_activities.schemas import PLActivityQuery, PLActivityRead, PLActivityWrite
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("professional learning")
CREATED = created(PLActivityRead)


@router.put("/v1/pl-activities/{activity_id}", responses=CREATED)
async def put_pl_activity(activity_id: Id, body: PLActivityWrite, unit: CanWritePL) -> PLActivityRead:
    return PLActivityRead.model_validate(await service.put_activity(unit, activity_id, body))


@router.get("/v1/pl-activities/{activity_id}")
async def get_pl_activity(activity_id: Id, unit: CanReadPL) -> PLActivityRead:
    return PLActivityRead.model_validate(show(unit, await service.get_activity(unit, activity_id)))


@router.get("/v1/pl-activities")
async def list_pl_activities(
    request: Request, query: Annotated[PLActivityQuery, Query()], unit: CanReadPL
) -> Page[PLActivityRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), PLActivity.id)
    return Page(data=[PLActivityRead.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/pl-activities/{activity_id}/complete")
async def complete_pl_activity(activity_id: Id, unit: CanWritePL) -> PLActivityRead:
    """Close the activity and give the credit to everybody who attended enough of its delivered sessions."""
    return PLActivityRead.model_validate(await service.move(unit, activity_id, "complete"))


@router.post("/v1/pl-activities/{activity_id}/cancel")
async def cancel_pl_activity(activity_id: Id, unit: CanWritePL) -> PLActivityRead:
    return PLActivityRead.model_validate(await service.move(unit, activity_id, "cancel"))


@router.post("/v1/pl-activities/{activity_id}/archive")
async def archive_pl_activity(activity_id: Id, unit: CanWritePL) -> PLActivityRead:
    return PLActivityRead.model_validate(await service.archive_activity(unit, activity_id))

from typing import Annotated

from fastapi import Query, Request

from services.observations.auth import CanReadObservations
from services.observations.history import service
from services.observations.history.schemas import ChangeRead, HistoryQuery
from shared.paging import Page
from shared.routing import resource_router
from shared.wire import Id

router = resource_router("observations")


@router.get("/v1/observations/{observation_id}/history")
async def list_observation_history(
    observation_id: Id, request: Request, query: Annotated[HistoryQuery, Query()], unit: CanReadObservations
) -> Page[ChangeRead]:
    """List every change, oldest first, with what stood there before and what since."""
    page = await service.history_of(unit, request, query, observation_id)
    unit.audit("observation_history.listed", "observations", observation_id, rows=len(page.data))
    return page

from typing import Annotated

from fastapi import Query, Request

from services.observations.auth import CanReadObservations
from services.observations.lane_balances import service
from services.observations.lane_balances.schemas import LaneBalance, LaneBalanceQuery
from shared.paging import Page
from shared.routing import resource_router

router = resource_router("lane-balances")


@router.get("/v1/lane-balances")
async def list_lane_balances(
    request: Request, query: Annotated[LaneBalanceQuery, Query()], unit: CanReadObservations
) -> Page[LaneBalance]:
    """List support and accountability for each person visited: one's own, and at the schools that one administers."""
    page = await service.list_balances(unit, request, query)
    unit.audit("lane_balance.listed", "observations", rows=len(page.data))
    return page

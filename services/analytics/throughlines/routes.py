from typing import Annotated

from fastapi import Query

from services.analytics.auth import CanReadMeasures
from services.analytics.data_use.schemas import PurposeQuery
from services.analytics.deps import OwnSettings
from services.analytics.throughlines import reading
from services.analytics.throughlines.schemas import ThroughlineRead
from shared.routing import resource_router
from shared.wire import Id

router = resource_router("throughlines")


@router.get("/v1/throughlines/{goal_id}")
async def get_throughline(
    goal_id: Id, query: Annotated[PurposeQuery, Query()], unit: CanReadMeasures, settings: OwnSettings
) -> ThroughlineRead:
    """Follow a goal of the district or of a school: what was planned, done and seen for it, and what is missing."""
    return await reading.answer(unit, settings, goal_id, query.purpose)

from typing import Annotated

from fastapi import Query, Request

from services.analytics.auth import CanReadMeasures
from services.analytics.deps import OwnSettings
from services.analytics.measures.consistency import service
from services.analytics.measures.consistency.schemas import ConsistencyAnswer, ConsistencyQuery
from shared.paging import link_next
from shared.routing import resource_router

router = resource_router("measures")


@router.get("/v1/measures/agreement_consistency")
async def get_agreement_consistency(
    request: Request, query: Annotated[ConsistencyQuery, Query()], unit: CanReadMeasures, settings: OwnSettings
) -> ConsistencyAnswer:
    """Say how often what a school agreed on is seen, and how far its classes differ: nobody's name."""
    found = await service.answer(unit, settings, query)
    link_next(unit, request, found.next)
    return found

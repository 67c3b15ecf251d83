from typing import Annotated

from fastapi import Query, Request

from services.analytics.auth import CanReadMeasures
from services.analytics.deps import OwnSettings
from services.analytics.measures.informed import service
from services.analytics.measures.informed.schemas import InformedAnswer, InformedQuery
from shared.paging import link_next
from shared.routing import resource_router

router = resource_router("measures")


@router.get("/v1/measures/walks_informed")
async def get_walks_informed(
    request: Request, query: Annotated[InformedQuery, Query()], unit: CanReadMeasures, settings: OwnSettings
) -> InformedAnswer:
    """Say by school which share of the debriefed walks informed something within thirty days."""
    found = await service.answer(unit, settings, query)
    link_next(unit, request, found.next)
    return found

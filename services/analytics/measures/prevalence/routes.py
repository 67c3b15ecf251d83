from typing import Annotated

from fastapi import Query, Request

from services.analytics.auth import CanReadMeasures
from services.analytics.deps import OwnSettings
from services.analytics.measures.prevalence import service
from services.analytics.measures.prevalence.schemas import PrevalenceAnswer, PrevalenceQuery
from shared.paging import link_next
from shared.routing import resource_router

router = resource_router("measures")


@router.get("/v1/measures/walk_prevalence")
async def get_walk_prevalence(
    request: Request, query: Annotated[PrevalenceQuery, Query()], unit: CanReadMeasures, settings: OwnSettings
) -> PrevalenceAnswer:
    """Say how often each shared walk saw what it looked for, by look-for: stops, and nobody's name."""
    found = await service.answer(unit, settings, query)
    link_next(unit, request, found.next)
    return found

from typing import Annotated

from fastapi import Query, Request

from services.analytics.auth import CanReadMeasures
from services.analytics.deps import OwnSettings
from services.analytics.measures.application import reading
from services.analytics.measures.application.schemas import ApplicationAnswer, ApplicationQuery
from shared.paging import link_next
from shared.routing import resource_router

router = resource_router("measures")


@router.get("/v1/measures/look_for_application")
async def get_look_for_application(
    request: Request, query: Annotated[ApplicationQuery, Query()], unit: CanReadMeasures, settings: OwnSettings
) -> ApplicationAnswer:
    """Say how often the practices that a PL activity aims at were seen, before and after. It describes, no more."""
    found = await reading.answer(unit, settings, query)
    link_next(unit, request, found.next)
    return found

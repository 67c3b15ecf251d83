from typing import Annotated

from fastapi import Query, Request

from services.analytics.auth import CanReadMeasures
from services.analytics.deps import OwnSettings
from services.analytics.measures import service
from services.analytics.measures.schemas import MeasureAnswer, MeasureName, MeasureQuery, MeasureRead
from shared.paging import ListQuery, Page, link_next
from shared.routing import resource_router

router = resource_router("measures")


@router.get("/v1/measures")
async def list_measures(
    request: Request, query: Annotated[ListQuery, Query()], unit: CanReadMeasures
) -> Page[MeasureRead]:
    """Say which measures there are, what each counts, and by which method."""
    shown, following, total = service.catalogue(unit, query)
    link_next(unit, request, following)
    return Page(data=shown, next=following, total=total)


@router.get("/v1/measures/{name}")
async def get_measure(
    request: Request,
    name: MeasureName,
    query: Annotated[MeasureQuery, Query()],
    unit: CanReadMeasures,
    settings: OwnSettings,
) -> MeasureAnswer:
    """Give a measure by school and month, also where nothing happened. A person sees the schools that they lead."""
    found = await service.answer(unit, settings, name, query)
    link_next(unit, request, found.next)
    return found

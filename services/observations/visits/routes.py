from typing import Annotated

from fastapi import Query, Request

from services.observations.auth import CanReadObservations, CanWriteObservations
from services.observations.visits import queries, service
from services.observations.visits.models import Visit
from services.observations.visits.schemas import VisitQuery, VisitRatings, VisitRead, VisitWrite
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("visits")


@router.put("/v1/visits/{visit_id}", responses=created(VisitRead))
async def put_visit(visit_id: Id, body: VisitWrite, unit: CanWriteObservations) -> VisitRead:
    """Say who rates a visit. Each then records an observation with this `visit_id`."""
    return VisitRead.model_validate(await service.put_visit(unit, visit_id, body))


@router.get("/v1/visits/{visit_id}")
async def get_visit(visit_id: Id, unit: CanReadObservations) -> VisitRead:
    row = show(unit, await service.get_visit(unit, visit_id))
    unit.audit("visit.viewed", "visits", row.id)
    return VisitRead.model_validate(row)


@router.get("/v1/visits")
async def list_visits(
    request: Request, query: Annotated[VisitQuery, Query()], unit: CanReadObservations
) -> Page[VisitRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Visit.id)
    unit.audit("visit.listed", "visits", rows=len(rows))
    return Page(data=[VisitRead.model_validate(row) for row in rows], next=following, total=total)


@router.get("/v1/visits/{visit_id}/ratings")
async def get_visit_ratings(visit_id: Id, unit: CanReadObservations) -> VisitRatings:
    """Read what all observers rated, once the last of them has submitted."""
    ratings = await service.ratings_of(unit, visit_id)
    unit.audit("visit_rating.viewed", "visits", visit_id, rows=len(ratings.raters))
    return ratings


@router.post("/v1/visits/{visit_id}/archive")
async def archive_visit(visit_id: Id, unit: CanWriteObservations) -> VisitRead:
    return VisitRead.model_validate(await service.archive_visit(unit, visit_id))

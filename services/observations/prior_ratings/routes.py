from typing import Annotated

from fastapi import Query, Request

from services.observations.auth import CanReadObservations, CanWriteObservations
from services.observations.prior_ratings import queries, service
from services.observations.prior_ratings.models import PriorRating
from services.observations.prior_ratings.schemas import PriorRatingQuery, PriorRatingRead, PriorRatingWrite
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("prior-ratings")


@router.put("/v1/prior-ratings/{rating_id}", responses=created(PriorRatingRead))
async def put_prior_rating(rating_id: Id, body: PriorRatingWrite, unit: CanWriteObservations) -> PriorRatingRead:
    """Say in which band somebody was rated for a school year: what is expected may depend on it."""
    return PriorRatingRead.model_validate(await service.put_prior_rating(unit, rating_id, body))


@router.get("/v1/prior-ratings/{rating_id}")
async def get_prior_rating(rating_id: Id, unit: CanReadObservations) -> PriorRatingRead:
    row = show(unit, await service.get_prior_rating(unit, rating_id))
    unit.audit("prior_rating.viewed", "prior-ratings", row.id)
    return PriorRatingRead.model_validate(row)


@router.get("/v1/prior-ratings")
async def list_prior_ratings(
    request: Request, query: Annotated[PriorRatingQuery, Query()], unit: CanReadObservations
) -> Page[PriorRatingRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), PriorRating.id)
    unit.audit("prior_rating.listed", "prior-ratings", rows=len(rows))
    return Page(data=[PriorRatingRead.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/prior-ratings/{rating_id}/archive")
async def archive_prior_rating(rating_id: Id, unit: CanWriteObservations) -> PriorRatingRead:
    return PriorRatingRead.model_validate(await service.archive_prior_rating(unit, rating_id))

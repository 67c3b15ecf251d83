from typing import Annotated

from fastapi import Query, Request

from services.observations.auth import CanReadObservations
from services.observations.expectations import queries, service
from services.observations.expectations.models import Expectation
from services.observations.expectations.schemas import (
    ExpectationExplained,
    ExpectationQuery,
    ExpectationRead,
    ExpectationSummaries,
    ExpectationSummaryQuery,
)
from services.observations.settings import settings_of
from services.observations.wire import AsOf
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.wire import Id

router = resource_router("expectations")


@router.get("/v1/expectations")
async def list_expectations(
    request: Request, query: Annotated[ExpectationQuery, Query()], unit: CanReadObservations
) -> Page[ExpectationRead]:
    """List what is expected of whom and how it stood on a day; who was not observed is a row, too."""
    day = service.day_of(unit, query.as_of)
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query, day), Expectation.id)
    unit.audit("expectation.listed", "expectations", rows=len(rows))
    return Page(data=await service.read_all(unit, rows, day), next=following, total=total)


@router.get("/v1/expectations/{expectation_id}")
async def get_expectation(
    expectation_id: Id, query: Annotated[AsOf, Query()], unit: CanReadObservations
) -> ExpectationRead:
    row = await service.get_expectation(unit, expectation_id)
    unit.audit("expectation.viewed", "expectations", row.id)
    (told,) = await service.read_all(unit, [row], service.day_of(unit, query.as_of))
    return told


@router.get("/v1/expectations/{expectation_id}/explain")
async def explain_expectation(
    expectation_id: Id, query: Annotated[AsOf, Query()], unit: CanReadObservations
) -> ExpectationExplained:
    """Say why somebody is expected: by which rule, from which facts, and which observations count towards it."""
    explained = await service.explain(unit, expectation_id, service.day_of(unit, query.as_of))
    unit.audit("expectation.viewed", "expectations", expectation_id, explained=True)
    return explained


@router.get("/v1/expectation-summaries")
async def sum_up_expectations(
    request: Request, query: Annotated[ExpectationSummaryQuery, Query()], unit: CanReadObservations
) -> ExpectationSummaries:
    """Count by school and purpose how many of the expectations that you see are met, open, overdue, of how many."""
    settings = settings_of(request.app.state.runtime)
    summaries = await service.sum_up(unit, query, settings.staff_n_min)
    unit.audit("expectation_summary.viewed", "expectations", rows=len(summaries.data))
    return summaries

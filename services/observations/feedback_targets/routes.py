from typing import Annotated

from fastapi import Query, Request

from services.observations.auth import CanReadObservations, CanWriteObservations
from services.observations.feedback_targets import queries, service
from services.observations.feedback_targets.models import FeedbackTarget
from services.observations.feedback_targets.schemas import (
    FeedbackTargetQuery,
    FeedbackTargetRead,
    FeedbackTargetWrite,
)
from services.observations.wire import AsOf
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("feedback-targets")


@router.put("/v1/feedback-targets/{target_id}", responses=created(FeedbackTargetRead))
async def put_feedback_target(
    target_id: Id, body: FeedbackTargetWrite, unit: CanWriteObservations
) -> FeedbackTargetRead:
    """Say how often somebody is to get feedback for growth, and from whom."""
    return await service.read_one(unit, await service.put_target(unit, target_id, body))


@router.get("/v1/feedback-targets/{target_id}")
async def get_feedback_target(
    target_id: Id, query: Annotated[AsOf, Query()], unit: CanReadObservations
) -> FeedbackTargetRead:
    row = show(unit, await service.get_target(unit, target_id))
    unit.audit("feedback_target.viewed", "feedback-targets", row.id)
    return await service.read_one(unit, row, query.as_of)


@router.get("/v1/feedback-targets")
async def list_feedback_targets(
    request: Request, query: Annotated[FeedbackTargetQuery, Query()], unit: CanReadObservations
) -> Page[FeedbackTargetRead]:
    """List targets and how they stood on a day; `overdue=true` gives those who wait for feedback too long."""
    statement = queries.found(unit.who, query, query.as_of or unit.now.date())
    rows, following, total = await page_of(unit, request, query, statement, FeedbackTarget.id)
    unit.audit("feedback_target.listed", "feedback-targets", rows=len(rows))
    return Page(data=await service.read_all(unit, rows, query.as_of), next=following, total=total)


@router.post("/v1/feedback-targets/{target_id}/archive")
async def archive_feedback_target(target_id: Id, unit: CanWriteObservations) -> FeedbackTargetRead:
    return await service.read_one(unit, await service.archive_target(unit, target_id))

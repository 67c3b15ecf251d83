from typing import Annotated

from fastapi import Query, Request
from sqlmodel import col

from services.observations.auth import CanReadObservations
from services.observations.feedback import queries
from services.observations.feedback.rendering import read_all
from services.observations.feedback.schemas import FeedbackQuery, FeedbackRead
from services.observations.observations.models import Observation
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.wire import Id
from shared.writes import load, show

router = resource_router("feedback")


@router.get("/v1/feedback/{feedback_id}")
async def get_feedback(feedback_id: Id, unit: CanReadObservations) -> FeedbackRead:
    """Read one feedback with the evidence that it cites. Its id is its observation's."""
    row = show(unit, await load(unit, queries.visible_to(unit.who).where(col(Observation.id) == feedback_id)))
    unit.audit("feedback.viewed", "observations", row.id)
    return (await read_all(unit, [row]))[0]


@router.get("/v1/feedback")
async def list_feedback(
    request: Request, query: Annotated[FeedbackQuery, Query()], unit: CanReadObservations
) -> Page[FeedbackRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Observation.id)
    unit.audit("feedback.listed", "observations", rows=len(rows))
    return Page(data=await read_all(unit, rows), next=following, total=total)

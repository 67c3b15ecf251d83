from typing import Annotated

from fastapi import Query, Request
from sqlmodel import col

from services.observations.auth import CanReadObservations
from services.observations.feedback import queries
from services.observations.feedback.schemas import FeedbackQuery, FeedbackRead, FeedbackState
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
    return _read(row)


@router.get("/v1/feedback")
async def list_feedback(
    request: Request, query: Annotated[FeedbackQuery, Query()], unit: CanReadObservations
) -> Page[FeedbackRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Observation.id)
    unit.audit("feedback.listed", "observations", rows=len(rows))
    return Page(data=[_read(row) for row in rows], next=following, total=total)


def _read(row: Observation) -> FeedbackRead:
    feedback = row.feedback or {}
    cited = set(feedback["evidence"])
    columns = row.model_dump(include=set(FeedbackRead.model_fields))
    said = {
        "state": _state_of(row), "due_at": row.feedback_due_at, "body": feedback["body"],
        "evidence": [line for line in row.script if line["id"] in cited], "next_steps": feedback["next_steps"],
    }  # fmt: skip
    return FeedbackRead.model_validate(columns | said)


def _state_of(row: Observation) -> FeedbackState:
    if row.shared_at is None:
        return FeedbackState.DRAFT
    if row.read_at is None:
        return FeedbackState.SHARED
    return FeedbackState.READ if row.responded_at is None else FeedbackState.RESPONDED

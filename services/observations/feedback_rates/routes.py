from typing import Annotated

from fastapi import Query, Request

from services.observations.auth import CanReadObservations
from services.observations.feedback_rates import service
from services.observations.feedback_rates.schemas import FeedbackRateQuery, FeedbackRates
from services.observations.settings import settings_of
from shared.routing import resource_router

router = resource_router("feedback-rates")


@router.get("/v1/feedback-rates")
async def get_feedback_rates(
    request: Request, query: Annotated[FeedbackRateQuery, Query()], unit: CanReadObservations
) -> FeedbackRates:
    """Count feedback for growth for each person and month at work, by whether it came from a content expert."""
    settings = settings_of(request.app.state.runtime)
    return await service.rates(unit, query, settings.staff_n_min)

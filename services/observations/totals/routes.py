from services.observations.auth import CanReadObservations
from services.observations.totals import service
from services.observations.totals.schemas import TotalRead
from shared.routing import resource_router
from shared.wire import Id

router = resource_router("observations")


@router.get("/v1/observations/{observation_id}/total")
async def get_observation_total(observation_id: Id, unit: CanReadObservations) -> TotalRead:
    """Replay the total of the scores: every weight and value in it, and what has none."""
    total = await service.get_total(unit, observation_id)
    unit.audit("observation_total.viewed", "observations", observation_id)
    return total

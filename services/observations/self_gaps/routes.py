from services.observations.auth import CanReadObservations
from services.observations.self_gaps import service
from services.observations.self_gaps.schemas import SelfGapRead
from shared.routing import resource_router
from shared.wire import Id

router = resource_router("observations")


@router.get("/v1/observations/{observation_id}/self-gap")
async def get_self_gap(observation_id: Id, unit: CanReadObservations) -> SelfGapRead:
    """Set it beside the teacher's self-observation on the same framework version, indicator by indicator."""
    gap = await service.get_gap(unit, observation_id)
    unit.audit("self_gap.viewed", "observations", observation_id)
    return gap

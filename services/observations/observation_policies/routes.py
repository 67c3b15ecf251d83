from fastapi import Request

from services.observations.auth import CanReadFrameworks, CanWriteFrameworks
from services.observations.observation_policies import service
from services.observations.observation_policies.schemas import ObservationPolicyRead, ObservationPolicyWrite
from services.observations.settings import settings_of
from shared.routing import created, resource_router

router = resource_router("observation-policy")


@router.get("/v1/observation-policy")
async def get_observation_policy(request: Request, unit: CanReadFrameworks) -> ObservationPolicyRead:
    """Read what holds for each type of observation here, and when feedback is due."""
    settings = settings_of(request.app.state.runtime)
    return service.read(unit, settings, await service.get_policy(unit))


@router.put("/v1/observation-policy", responses=created(ObservationPolicyRead))
async def put_observation_policy(
    request: Request, body: ObservationPolicyWrite, unit: CanWriteFrameworks
) -> ObservationPolicyRead:
    """Say how this district observes. What was made before keeps what held then."""
    settings = settings_of(request.app.state.runtime)
    return service.read(unit, settings, await service.put_policy(unit, body))

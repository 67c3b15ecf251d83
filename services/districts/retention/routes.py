from services.districts.auth import CanErase, CanReadErasures
from services.districts.retention import service
from services.districts.retention.schemas import RetentionRead, RetentionWrite
from shared.routing import created, resource_router

router = resource_router("retention")


@router.put("/v1/settings/retention", responses=created(RetentionRead))
async def put_retention_rules(body: RetentionWrite, unit: CanErase) -> RetentionRead:
    """Say how many years what is kept. Nothing is erased by that: `POST /v1/erasures` plans what is over."""
    return RetentionRead.model_validate(await service.put_rules(unit, body))


@router.get("/v1/settings/retention")
async def get_retention_rules(unit: CanReadErasures) -> RetentionRead:
    """Read the rules; 404 until some were put, and then nothing is ever over."""
    return RetentionRead.model_validate(await service.get_rules(unit))

from services.districts.auth import CanReadSettings, CanWriteSettings
from services.districts.data_use_policies import service
from services.districts.data_use_policies.schemas import DataUsePolicyRead, DataUsePolicyWrite
from shared.routing import created, resource_router

router = resource_router("settings")


@router.get("/v1/settings/data-use-policy")
async def get_data_use_policy(unit: CanReadSettings) -> DataUsePolicyRead:
    """Say for what the district's numbers may be asked; 404 while it has no policy."""
    return DataUsePolicyRead.model_validate(await service.get_policy(unit))


@router.put("/v1/settings/data-use-policy", responses=created(DataUsePolicyRead))
async def put_data_use_policy(body: DataUsePolicyWrite, unit: CanWriteSettings) -> DataUsePolicyRead:
    """Say for what the district's numbers may be asked. From then on who asks says one of these."""
    return DataUsePolicyRead.model_validate(await service.put_policy(unit, body))

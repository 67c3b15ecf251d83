from fastapi import Request

from services.observations.auth import CanReadFrameworks, CanWriteFrameworks
from services.observations.frameworks import exchange
from services.observations.frameworks.case_schemas import CFPackage
from services.observations.frameworks.routes import read
from services.observations.frameworks.schemas import FrameworkVersionRead
from shared.routing import created, resource_router
from shared.wire import Id

router = resource_router("frameworks")


@router.get("/v1/framework-versions/{version_id}/case", response_model_exclude_none=True)
async def get_framework_version_case(request: Request, version_id: Id, unit: CanReadFrameworks) -> CFPackage:
    """Give the version as a CFPackage of CASE 1.1, its levels as a rubric."""
    url = request.app.state.runtime.settings.public_url
    return CFPackage.model_validate(await exchange.export(unit, version_id, url))


@router.post("/v1/frameworks/import", responses=created(FrameworkVersionRead))
async def import_framework(body: CFPackage, unit: CanWriteFrameworks) -> FrameworkVersionRead:
    """Draft a version from a CFPackage of CASE 1.1, under its ids. What we do not model passes by."""
    return read(*await exchange.take_in(unit, body))

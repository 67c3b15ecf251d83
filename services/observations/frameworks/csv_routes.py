from fastapi import Request, Response

from services.observations.auth import CanReadFrameworks, CanWriteFrameworks
from services.observations.frameworks import exchange
from services.observations.frameworks.csv_schemas import CSV_ANSWER, CSV_BODY, MEDIA
from services.observations.frameworks.routes import read
from services.observations.frameworks.schemas import FrameworkVersionRead
from shared.routing import created, resource_router
from shared.wire import Id

router = resource_router("frameworks")


@router.get("/v1/framework-versions/{version_id}/csv", response_class=Response, responses=CSV_ANSWER)
async def get_framework_version_csv(version_id: Id, unit: CanReadFrameworks) -> Response:
    """Give the version as a table: a row for each part, level, critical attribute, prompt and tag."""
    headers = {"Content-Disposition": f'attachment; filename="framework-version-{version_id}.csv"'}
    return Response(await exchange.export_csv(unit, version_id), media_type=MEDIA, headers=headers)


@router.post("/v1/framework-versions/import", openapi_extra=CSV_BODY, responses=created(FrameworkVersionRead))
async def import_framework_version(request: Request, unit: CanWriteFrameworks) -> FrameworkVersionRead:
    """Draft a version from such a table, under its ids, whole or not at all."""
    return read(*await exchange.take_in_csv(unit, request.headers.get("content-type", ""), await request.body()))

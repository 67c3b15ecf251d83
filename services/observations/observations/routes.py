from typing import Annotated, Any

from fastapi import Query, Request, Response

from services.observations.auth import CanReadObservations, CanRecordObservations, CanWriteObservations
from services.observations.observations import batch, queries, service
from services.observations.observations.models import Observation
from services.observations.observations.rendering import read, read_bytes
from services.observations.observations.schemas import (
    BatchRead,
    ObservationCreate,
    ObservationPatch,
    ObservationQuery,
    ObservationRead,
    ObservationWrite,
)  # fmt: skip
from services.observations.settings import settings_of
from shared.json_body import JsonBody
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("observations")
CREATE = JsonBody(ObservationCreate)
THERE: dict[int | str, dict[str, Any]] = {200: {"model": ObservationRead, "description": "The same was there already"}}


@router.post(
    "/v1/observations", status_code=201, response_model=ObservationRead, responses=THERE,
    openapi_extra=CREATE.documented,
)  # fmt: skip
async def create_observation(request: Request, unit: CanRecordObservations) -> Response:
    """Record an observation: a plan, a visit in progress, or all of it in one body, as a tablet sends it."""
    row = await service.create(unit, settings_of(request.app.state.runtime), await CREATE.read(request))
    return Response(read_bytes(unit.who, row), media_type="application/json")


@router.post("/v1/observations/batch", response_model=BatchRead, openapi_extra=batch.BATCH.documented)
async def record_observations(request: Request, unit: CanWriteObservations) -> Response:
    """Record or change up to 1,000 observations. Each has an outcome of its own, in order."""
    items, refused = await batch.read_items(request)
    outcomes = await batch.record_all(unit, settings_of(request.app.state.runtime), items, refused)
    return Response(BatchRead.model_construct(data=outcomes).model_dump_json(), media_type="application/json")


@router.put("/v1/observations/{observation_id}", responses=created(ObservationRead))
async def put_observation(
    observation_id: Id, request: Request, body: ObservationWrite, unit: CanWriteObservations
) -> ObservationRead:
    """Create or replace an observation, until it is submitted; its feedback until that is shared."""
    return read(unit.who, await service.put(unit, settings_of(request.app.state.runtime), observation_id, body))


@router.get("/v1/observations/{observation_id}")
async def get_observation(observation_id: Id, unit: CanReadObservations) -> ObservationRead:
    row = show(unit, await service.get(unit, observation_id))
    unit.audit("observation.viewed", "observations", row.id)
    return read(unit.who, row)


@router.patch("/v1/observations/{observation_id}")
async def patch_observation(
    observation_id: Id, request: Request, body: ObservationPatch, unit: CanWriteObservations
) -> ObservationRead:
    return read(unit.who, await service.patch(unit, settings_of(request.app.state.runtime), observation_id, body))


@router.get("/v1/observations")
async def list_observations(
    request: Request, query: Annotated[ObservationQuery, Query()], unit: CanReadObservations
) -> Page[ObservationRead]:
    """List what concerns the caller; with `content=true` also what was seen and said, where it is hers to read."""
    rows, following, total = await page_of(unit, request, query, queries.found(unit, query), Observation.id)
    unit.audit("observation.listed", "observations", rows=len(rows), content=query.content)
    data = [read(unit.who, row, with_content=query.content) for row in rows]
    return Page(data=data, next=following, total=total)


@router.post("/v1/observations/{observation_id}/archive")
async def archive_observation(observation_id: Id, unit: CanWriteObservations) -> ObservationRead:
    return read(unit.who, await service.archive(unit, observation_id))

from typing import Annotated

from fastapi import Query, Request

from services.observations.auth import CanReadObservations, CanWriteObservations
from services.observations.observation_conflicts import queries, service
from services.observations.observation_conflicts.models import ObservationConflict
from services.observations.observation_conflicts.schemas import (
    ObservationConflictQuery,
    ObservationConflictRead,
    Resolution,
)
from services.observations.settings import settings_of
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("observation-conflicts")


@router.get("/v1/observation-conflicts")
async def list_observation_conflicts(
    request: Request, query: Annotated[ObservationConflictQuery, Query()], unit: CanReadObservations
) -> Page[ObservationConflictRead]:
    """List where an upload and what was stored meanwhile say different things."""
    statement = queries.found(unit.who, query)
    rows, following, total = await page_of(unit, request, query, statement, ObservationConflict.id)
    unit.audit("observation_conflict.listed", "observation-conflicts", rows=len(rows))
    return Page(data=[service.read(row) for row in rows], next=following, total=total)


@router.get("/v1/observation-conflicts/{conflict_id}")
async def get_observation_conflict(conflict_id: Id, unit: CanReadObservations) -> ObservationConflictRead:
    conflict = show(unit, await service.get_conflict(unit, conflict_id))
    unit.audit("observation_conflict.viewed", "observation-conflicts", conflict.id)
    return service.read(conflict)


@router.post("/v1/observation-conflicts/{conflict_id}/resolve")
async def resolve_observation_conflict(
    conflict_id: Id, request: Request, body: Resolution, unit: CanWriteObservations
) -> ObservationConflictRead:
    """Choose for each field which of the two values holds."""
    return service.read(await service.resolve(unit, settings_of(request.app.state.runtime), conflict_id, body))

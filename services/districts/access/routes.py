from typing import Annotated, cast

from fastapi import Query, Request

from services.districts.access import recording, service
from services.districts.access.schemas import (
    AccessExplanation,
    AccessQuery,
    ExplainQuery,
    PersonAccess,
    RecordingExplanation,
    RecordingQuery,
)
from services.districts.auth import CanReadAccess
from shared.routing import resource_router
from shared.runtime import Runtime
from shared.wire import Id

router = resource_router("access")


@router.get("/v1/access/explain")
async def explain_access(
    request: Request, query: Annotated[ExplainQuery, Query()], unit: CanReadAccess
) -> AccessExplanation:
    """Explain whether a person may see, read, record or change one resource: by which relationship, from where."""
    resource = service.resource_of(query.resource)
    peers = cast("Runtime", request.app.state.runtime).peers
    unit.audit("access.viewed", "people", query.person, kind=resource.kind, id=resource.id)
    return await service.explain_access(unit, peers, query.person, resource, query.as_of)


@router.get("/v1/access/explain-recording")
async def explain_recording(query: Annotated[RecordingQuery, Query()], unit: CanReadAccess) -> RecordingExplanation:
    """Explain whether a person may record an observation of a teacher, by purpose, on the day of the visit."""
    unit.audit("access.viewed", "people", query.person, kind="observations", teacher=query.teacher)
    return await recording.explain_recording(unit, query)


@router.get("/v1/people/{person_id}/access")
async def get_person_access(person_id: Id, query: Annotated[AccessQuery, Query()], unit: CanReadAccess) -> PersonAccess:
    """Read what a member of staff may see, today or on a day, what that follows from, and why that holds."""
    unit.audit("access.viewed", "people", person_id)
    return await service.access_of(unit, person_id, query.as_of)

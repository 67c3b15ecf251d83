from typing import Annotated, Any, cast

from fastapi import Query, Request, Response

from services.observations.auth import CanReadObservations, CanSendAttachments, CanWriteObservations
from services.observations.observation_attachments import queries, service
from services.observations.observation_attachments.models import ObservationAttachment
from services.observations.observation_attachments.schemas import (
    ObservationAttachmentQuery,
    ObservationAttachmentRead,
    ObservationAttachmentWrite,
)
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.runtime import Runtime
from shared.wire import Id
from shared.writes import show

router = resource_router("observation-attachments")
LARGEST = 8 << 30  # what any installation could allow; the setting attachment_max_bytes decides
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {"application/octet-stream": _BYTES}}}
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes, of the media type that was announced",
        "content": {"application/octet-stream": _BYTES},
    }
}


def _runtime(request: Request) -> Runtime:
    return cast("Runtime", request.app.state.runtime)


@router.put("/v1/observation-attachments/{attachment_id}", responses=created(ObservationAttachmentRead))
async def put_observation_attachment(
    attachment_id: Id, request: Request, body: ObservationAttachmentWrite, unit: CanWriteObservations
) -> ObservationAttachmentRead:
    """Announce a file of an observation: its name, type, size and hash. Its bytes may come later."""
    row = await service.put_attachment(unit, _runtime(request), attachment_id, body)
    return ObservationAttachmentRead.model_validate(row)


@router.put("/v1/observation-attachments/{attachment_id}/content", openapi_extra=_BODY, max_body_size=LARGEST)
async def send_observation_attachment(
    attachment_id: Id, request: Request, unit: CanSendAttachments
) -> ObservationAttachmentRead:
    """Send the bytes that were announced. Sending them again is safe; others than those are refused."""
    row = await service.receive(unit, _runtime(request), attachment_id, request.stream())
    return ObservationAttachmentRead.model_validate(row)


@router.get("/v1/observation-attachments/{attachment_id}")
async def get_observation_attachment(attachment_id: Id, unit: CanReadObservations) -> ObservationAttachmentRead:
    row = show(unit, await service.get_attachment(unit, attachment_id))
    unit.audit("observation_attachment.viewed", "observation-attachments", row.id)
    return ObservationAttachmentRead.model_validate(row)


@router.get("/v1/observation-attachments/{attachment_id}/content", response_class=Response, responses=_CONTENT)
async def download_observation_attachment(attachment_id: Id, request: Request, unit: CanReadObservations) -> Response:
    """Download the bytes, once they were found clean. Who did is in the audit log."""
    return await service.stream(unit, _runtime(request), attachment_id)


@router.get("/v1/observation-attachments")
async def list_observation_attachments(
    request: Request, query: Annotated[ObservationAttachmentQuery, Query()], unit: CanReadObservations
) -> Page[ObservationAttachmentRead]:
    statement = queries.found(unit.who, query)
    rows, following, total = await page_of(unit, request, query, statement, ObservationAttachment.id)
    unit.audit("observation_attachment.listed", "observation-attachments", rows=len(rows))
    return Page(data=[ObservationAttachmentRead.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/observation-attachments/{attachment_id}/archive")
async def archive_observation_attachment(attachment_id: Id, unit: CanWriteObservations) -> ObservationAttachmentRead:
    return ObservationAttachmentRead.model_validate(await service.archive_attachment(unit, attachment_id))

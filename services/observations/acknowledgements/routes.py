from typing import Annotated

from fastapi import Query, Request

from services.observations.acknowledgements import queries, service
from services.observations.acknowledgements.models import Acknowledgement
from services.observations.acknowledgements.schemas import (
    AcknowledgementCreate,
    AcknowledgementQuery,
    AcknowledgementRead,
    AcknowledgementShares,
    SharesQuery,
)  # fmt: skip
from services.observations.auth import CanAcknowledge, CanReadAcknowledgements
from services.observations.settings import settings_of
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("acknowledgements")


@router.post("/v1/acknowledgements", responses=created(AcknowledgementRead))
async def create_acknowledgement(body: AcknowledgementCreate, unit: CanAcknowledge) -> AcknowledgementRead:
    """Confirm as the acting person to have read a published version. A second time gives the first: 200."""
    return AcknowledgementRead.model_validate(await service.acknowledge(unit, body))


@router.get("/v1/acknowledgements/{acknowledgement_id}")
async def get_acknowledgement(acknowledgement_id: Id, unit: CanReadAcknowledgements) -> AcknowledgementRead:
    unit.audit("acknowledgement.viewed", "acknowledgements", acknowledgement_id)
    return AcknowledgementRead.model_validate(show(unit, await service.get_acknowledgement(unit, acknowledgement_id)))


@router.get("/v1/acknowledgements")
async def list_acknowledgements(
    request: Request, query: Annotated[AcknowledgementQuery, Query()], unit: CanReadAcknowledgements
) -> Page[AcknowledgementRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Acknowledgement.id)
    unit.audit("acknowledgement.listed", "acknowledgements", rows=len(rows))
    return Page(data=[AcknowledgementRead.model_validate(row) for row in rows], next=following, total=total)


@router.get("/v1/framework-versions/{version_id}/acknowledgements")
async def get_acknowledgement_shares(
    request: Request, version_id: Id, query: Annotated[SharesQuery, Query()], unit: CanReadAcknowledgements
) -> AcknowledgementShares:
    """Count by school who of the staff of a day has acknowledged the version: to a leader, of her own schools."""
    settings = settings_of(request.app.state.runtime)
    return await service.shares(unit, version_id, query.as_of, settings.staff_n_min)

from typing import Annotated

from fastapi import Query, Request

from services.observations.agreements import queries, service
from services.observations.agreements.models import Agreement
from services.observations.agreements.schemas import (
    AgreementQuery,
    AgreementRead,
    AgreementWrite,
    Ending,
    Ratification,
)
from services.observations.auth import CanReadFrameworks, CanWriteFrameworks
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("agreements")


@router.put("/v1/agreements/{agreement_id}", responses=created(AgreementRead))
async def put_agreement(agreement_id: Id, body: AgreementWrite, unit: CanWriteFrameworks) -> AgreementRead:
    """Draft what a school is about to agree on, with the look-fors that show it."""
    return AgreementRead.model_validate(await service.put_agreement(unit, agreement_id, body))


@router.get("/v1/agreements/{agreement_id}")
async def get_agreement(agreement_id: Id, unit: CanReadFrameworks) -> AgreementRead:
    return AgreementRead.model_validate(show(unit, await service.get_agreement(unit, agreement_id)))


@router.get("/v1/agreements")
async def list_agreements(
    request: Request, query: Annotated[AgreementQuery, Query()], unit: CanReadFrameworks
) -> Page[AgreementRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Agreement.id)
    return Page(data=[AgreementRead.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/agreements/{agreement_id}/ratify")
async def ratify_agreement(agreement_id: Id, body: Ratification, unit: CanWriteFrameworks) -> AgreementRead:
    """Say since when it holds, and where that was decided. From then on it never changes."""
    return AgreementRead.model_validate(await service.ratify(unit, agreement_id, body))


@router.post("/v1/agreements/{agreement_id}/end")
async def end_agreement(agreement_id: Id, body: Ending, unit: CanWriteFrameworks) -> AgreementRead:
    """Let it hold no more, without another in its place."""
    return AgreementRead.model_validate(await service.end(unit, agreement_id, body))


@router.post("/v1/agreements/{agreement_id}/archive")
async def archive_agreement(agreement_id: Id, unit: CanWriteFrameworks) -> AgreementRead:
    return AgreementRead.model_validate(await service.archive_agreement(unit, agreement_id))

from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanReadPartners, CanWritePartners
from services.districts.data_share_agreements import queries, service
from services.districts.data_share_agreements.models import DataShareAgreement
from services.districts.data_share_agreements.schemas import (
    DataShareAgreementQuery,
    DataShareAgreementRead,
    DataShareAgreementWrite,
)
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("partners")


@router.get("/v1/data-share-agreements")
async def list_data_share_agreements(
    request: Request, query: Annotated[DataShareAgreementQuery, Query()], unit: CanReadPartners
) -> Page[DataShareAgreementRead]:
    statement = queries.found(unit.who, query)
    rows, following, total = await page_of(unit, request, query, statement, DataShareAgreement.id)
    unit.audit("data_share_agreement.listed", "data-share-agreements", ids=[row.id for row in rows])
    return Page(data=[DataShareAgreementRead.model_validate(row) for row in rows], next=following, total=total)


@router.put("/v1/data-share-agreements/{agreement_id}", responses=created(DataShareAgreementRead))
async def put_data_share_agreement(
    agreement_id: Id, body: DataShareAgreementWrite, unit: CanWritePartners
) -> DataShareAgreementRead:
    """Record a signed agreement, with any of the scopes that you have yourself. It never changes; another is another.

    A client of the partner (`partner_id`) may do what both its own scopes and the agreements of the day say.
    """
    return DataShareAgreementRead.model_validate(await service.put_agreement(unit, agreement_id, body))


@router.get("/v1/data-share-agreements/{agreement_id}")
async def get_data_share_agreement(agreement_id: Id, unit: CanReadPartners) -> DataShareAgreementRead:
    row = show(unit, await service.get_agreement(unit, agreement_id))
    unit.audit("data_share_agreement.viewed", "data-share-agreements", row.id)
    return DataShareAgreementRead.model_validate(row)


@router.post("/v1/data-share-agreements/{agreement_id}/revoke")
async def revoke_data_share_agreement(agreement_id: Id, unit: CanWritePartners) -> DataShareAgreementRead:
    """Revoke for good. Nothing is given under it any more, and the tokens that are out end within seconds."""
    return DataShareAgreementRead.model_validate(await service.revoke_agreement(unit, agreement_id))

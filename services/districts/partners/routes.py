from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanReadPartners, CanWritePartners
from services.districts.partners import queries, service
from services.districts.partners.models import PartnerOrg
from services.districts.partners.schemas import PartnerPatch, PartnerRead, PartnerWrite
from shared.paging import Page, ResourceQuery, filtered, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("partners")


@router.get("/v1/partners")
async def list_partners(
    request: Request, query: Annotated[ResourceQuery, Query()], unit: CanReadPartners
) -> Page[PartnerRead]:
    statement = filtered(queries.visible_to(unit.who), PartnerOrg, query)
    rows, following, total = await page_of(unit, request, query, statement, PartnerOrg.id)
    return Page(data=[PartnerRead.model_validate(row) for row in rows], next=following, total=total)


@router.put("/v1/partners/{partner_id}", responses=created(PartnerRead))
async def put_partner(partner_id: Id, body: PartnerWrite, unit: CanWritePartners) -> PartnerRead:
    """Name an organisation outside of the district. A client of it may nothing without a data-share agreement."""
    return PartnerRead.model_validate(await service.put_partner(unit, partner_id, body))


@router.get("/v1/partners/{partner_id}")
async def get_partner(partner_id: Id, unit: CanReadPartners) -> PartnerRead:
    return PartnerRead.model_validate(show(unit, await service.get_partner(unit, partner_id)))


@router.patch("/v1/partners/{partner_id}")
async def patch_partner(partner_id: Id, body: PartnerPatch, unit: CanWritePartners) -> PartnerRead:
    return PartnerRead.model_validate(await service.patch_partner(unit, partner_id, body))


@router.post("/v1/partners/{partner_id}/archive")
async def archive_partner(partner_id: Id, unit: CanWritePartners) -> PartnerRead:
    """End the partnership. Its clients get no token any more, and those that are out end within seconds."""
    return PartnerRead.model_validate(await service.archive_partner(unit, partner_id))

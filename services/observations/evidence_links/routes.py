from typing import Annotated

from fastapi import Query, Request

from services.observations.auth import CanReadWalks, CanWriteWalks
from services.observations.evidence_links import queries, service
from services.observations.evidence_links.models import EvidenceLink
from services.observations.evidence_links.rendering import read_all, read_one
from services.observations.evidence_links.schemas import EvidenceLinkQuery, EvidenceLinkRead, EvidenceLinkWrite
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("evidence links")


@router.put("/v1/evidence-links/{link_id}", responses=created(EvidenceLinkRead))
async def put_evidence_link(link_id: Id, body: EvidenceLinkWrite, unit: CanWriteWalks) -> EvidenceLinkRead:
    """Say what a walk, a pattern or an observation informed: learning, a coaching cycle, an action of a work plan."""
    return await read_one(unit, await service.put_link(unit, link_id, body))


@router.get("/v1/evidence-links/{link_id}")
async def get_evidence_link(link_id: Id, unit: CanReadWalks) -> EvidenceLinkRead:
    unit.audit("evidence_link.viewed", "evidence-links", link_id)
    return await read_one(unit, show(unit, await service.get_link(unit, link_id)))


@router.get("/v1/evidence-links")
async def list_evidence_links(
    request: Request, query: Annotated[EvidenceLinkQuery, Query()], unit: CanReadWalks
) -> Page[EvidenceLinkRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), EvidenceLink.id)
    unit.audit("evidence_link.listed", "evidence-links", rows=len(rows))
    return Page(data=await read_all(unit, rows), next=following, total=total)


@router.post("/v1/evidence-links/{link_id}/archive")
async def archive_evidence_link(link_id: Id, unit: CanWriteWalks) -> EvidenceLinkRead:
    return await read_one(unit, await service.archive_link(unit, link_id))

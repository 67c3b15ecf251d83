from typing import Annotated

from fastapi import Query, Request

from services.observations.auth import CanReadObservations, CanWriteObservations
from services.observations.evidence_items import queries, service
from services.observations.evidence_items.models import EvidenceItem
from services.observations.evidence_items.schemas import EvidenceItemQuery, EvidenceItemRead, EvidenceItemWrite
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("evidence-items")


@router.put("/v1/evidence-items/{item_id}", responses=created(EvidenceItemRead))
async def put_evidence_item(item_id: Id, body: EvidenceItemWrite, unit: CanWriteObservations) -> EvidenceItemRead:
    """Note a piece of evidence: a span of the script, a note, an artefact, or a comment on a moment of a video."""
    return EvidenceItemRead.model_validate(await service.put_item(unit, item_id, body))


@router.get("/v1/evidence-items/{item_id}")
async def get_evidence_item(item_id: Id, unit: CanReadObservations) -> EvidenceItemRead:
    row = show(unit, await service.get_item(unit, item_id))
    unit.audit("evidence_item.viewed", "evidence-items", row.id)
    return EvidenceItemRead.model_validate(row)


@router.get("/v1/evidence-items")
async def list_evidence_items(
    request: Request, query: Annotated[EvidenceItemQuery, Query()], unit: CanReadObservations
) -> Page[EvidenceItemRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), EvidenceItem.id)
    unit.audit("evidence_item.listed", "evidence-items", rows=len(rows))
    return Page(data=[EvidenceItemRead.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/evidence-items/{item_id}/archive")
async def archive_evidence_item(item_id: Id, unit: CanWriteObservations) -> EvidenceItemRead:
    return EvidenceItemRead.model_validate(await service.archive_item(unit, item_id))

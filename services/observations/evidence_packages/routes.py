from typing import Annotated

from fastapi import Query, Request

from services.observations.auth import CanReadObservations, CanWriteObservations
from services.observations.evidence_packages import queries, service
from services.observations.evidence_packages.models import EvidencePackage
from services.observations.evidence_packages.schemas import (
    EvidencePackageQuery,
    EvidencePackageRead,
    EvidencePackageWrite,
)
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("evidence-packages")


@router.put("/v1/evidence-packages/{package_id}", responses=created(EvidencePackageRead))
async def put_evidence_package(
    package_id: Id, body: EvidencePackageWrite, unit: CanWriteObservations
) -> EvidencePackageRead:
    """Claim one contiguous span of one level's descriptor with evidence. The score stays a judgement of its own."""
    return EvidencePackageRead.model_validate(await service.put_package(unit, package_id, body))


@router.get("/v1/evidence-packages/{package_id}")
async def get_evidence_package(package_id: Id, unit: CanReadObservations) -> EvidencePackageRead:
    row = show(unit, await service.get_package(unit, package_id))
    unit.audit("evidence_package.viewed", "evidence-packages", row.id)
    return EvidencePackageRead.model_validate(row)


@router.get("/v1/evidence-packages")
async def list_evidence_packages(
    request: Request, query: Annotated[EvidencePackageQuery, Query()], unit: CanReadObservations
) -> Page[EvidencePackageRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), EvidencePackage.id)
    unit.audit("evidence_package.listed", "evidence-packages", rows=len(rows))
    return Page(data=[EvidencePackageRead.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/evidence-packages/{package_id}/archive")
async def archive_evidence_package(package_id: Id, unit: CanWriteObservations) -> EvidencePackageRead:
    return EvidencePackageRead.model_validate(await service.archive_package(unit, package_id))

from typing import Annotated

from fastapi import Path, Query, Request

from services.observations.auth import CanReadObservations
from services.observations.reports import service
from services.observations.reports.schemas import ReportHeader, ReportQuery, ReportRead
from shared.paging import Page
from shared.routing import resource_router
from shared.wire import Id

router = resource_router("observations")
Number = Annotated[int, Path(ge=1, le=2_147_483_647)]


@router.get("/v1/observations/{observation_id}/reports")
async def list_observation_reports(
    observation_id: Id, request: Request, query: Annotated[ReportQuery, Query()], unit: CanReadObservations
) -> Page[ReportHeader]:
    """List what was frozen at each lock; the last one holds."""
    page = await service.list_reports(unit, request, query, observation_id)
    unit.audit("observation_report.listed", "observations", observation_id, rows=len(page.data))
    return page


@router.get("/v1/observations/{observation_id}/reports/{number}")
async def get_observation_report(observation_id: Id, number: Number, unit: CanReadObservations) -> ReportRead:
    """Read one report as it was frozen, also after a later one took its place."""
    report = await service.get_report(unit, observation_id, number)
    unit.audit("observation_report.viewed", "observations", observation_id, number=number)
    return report

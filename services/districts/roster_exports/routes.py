from typing import Annotated, Any, cast

from fastapi import Query, Request, Response

from services.districts.auth import CanExportRoster, CanReadRosterExports
from services.districts.roster_exports import queries, service
from services.districts.roster_exports.downloading import stream
from services.districts.roster_exports.models import RosterExport
from services.districts.roster_exports.records import get_export
from services.districts.roster_exports.schemas import RosterExportAsk, RosterExportQuery, RosterExportRead
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.runtime import Runtime
from shared.wire import Id
from shared.writes import show

router = resource_router("roster exports")
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The zip. `Repr-Digest` is its SHA-256 (RFC 9530).",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def _read(row: RosterExport) -> RosterExportRead:
    address = {"job": f"/v1/jobs/districts/{row.job_id}", "content": f"/v1/roster-exports/{row.id}/content"}
    return RosterExportRead.model_validate(row.model_dump() | address)


def _runtime(request: Request) -> Runtime:
    return cast("Runtime", request.app.state.runtime)


@router.post("/v1/roster-exports", status_code=202)
async def export_roster(request: Request, given: RosterExportAsk, unit: CanExportRoster) -> RosterExportRead:
    """Write the roster as OneRoster CSV, 1.2.1 or 1.1: all of it, or what changed since an instant.

    Students are in it, hence the scope of OneRoster. The answer comes at once, the export is a job; it expires.
    With students' results or demographics in it, it takes the scopes of those as well.
    """
    return _read(await service.ask(unit, _runtime(request), given))


@router.get("/v1/roster-exports")
async def list_roster_exports(
    request: Request, query: Annotated[RosterExportQuery, Query()], unit: CanReadRosterExports
) -> Page[RosterExportRead]:
    statement = queries.found(unit.who, query)
    rows, following, total = await page_of(unit, request, query, statement, RosterExport.id)
    return Page(data=[_read(row) for row in rows], next=following, total=total)


@router.get("/v1/roster-exports/{export_id}")
async def get_roster_export(export_id: Id, unit: CanReadRosterExports) -> RosterExportRead:
    return _read(show(unit, await get_export(unit, export_id)))


@router.get("/v1/roster-exports/{export_id}/content", response_class=Response, responses=_ZIP)
async def download_roster_export(export_id: Id, request: Request, unit: CanReadRosterExports) -> Response:
    """Download the zip. Who did is in the audit log."""
    row = await get_export(unit, export_id)
    service.check_scopes(unit, row)
    unit.audit("roster_export.downloaded", "roster-exports", row.id, sha256=row.sha256)
    return await stream(unit, _runtime(request), row)

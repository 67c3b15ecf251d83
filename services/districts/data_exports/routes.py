from typing import Annotated, Any, cast

from fastapi import Query, Request, Response

from services.districts.auth import CanExportPersonalData, CanReadPersonalData
from services.districts.data_exports import service
from services.districts.data_exports.downloading import stream
from services.districts.data_exports.models import DataExport
from services.districts.data_exports.queries import found
from services.districts.data_exports.records import get_export
from services.districts.data_exports.schemas import DataExportQuery, DataExportRead
from shared.paging import Page, page_of
from shared.routing import resource_router
from shared.runtime import Runtime
from shared.wire import Id
from shared.writes import show

router = resource_router("personal data")
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The zip. `Repr-Digest` is its SHA-256 (RFC 9530).",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def _read(row: DataExport) -> DataExportRead:
    address = {"job": f"/v1/jobs/districts/{row.job_id}", "content": f"/v1/data-exports/{row.id}/content"}
    return DataExportRead.model_validate(row.model_dump() | address)


def _runtime(request: Request) -> Runtime:
    return cast("Runtime", request.app.state.runtime)


@router.post("/v1/people/{person_id}/data-exports", status_code=202)
async def export_personal_data(person_id: Id, request: Request, unit: CanExportPersonalData) -> DataExportRead:
    """Write everything that all services keep about a person into a zip of JSON (and CSV) files.

    For that person, who acts, or for a machine with the scope `personal_data.export`. It is a job; the zip expires.
    """
    return _read(await service.ask(unit, _runtime(request), person_id))


@router.get("/v1/data-exports")
async def list_data_exports(
    request: Request, query: Annotated[DataExportQuery, Query()], unit: CanReadPersonalData
) -> Page[DataExportRead]:
    rows, following, total = await page_of(unit, request, query, found(unit.who, query), DataExport.id)
    unit.audit("data_export.listed", "data-exports", ids=[row.id for row in rows])
    return Page(data=[_read(row) for row in rows], next=following, total=total)


@router.get("/v1/data-exports/{export_id}")
async def get_data_export(export_id: Id, unit: CanReadPersonalData) -> DataExportRead:
    unit.audit("data_export.viewed", "data-exports", export_id)
    return _read(show(unit, await get_export(unit, export_id)))


@router.get("/v1/data-exports/{export_id}/content", response_class=Response, responses=_ZIP)
async def download_data_export(export_id: Id, request: Request, unit: CanReadPersonalData) -> Response:
    """Download the zip. Who did is in the audit log."""
    row = await get_export(unit, export_id)
    unit.audit("data_export.downloaded", "data-exports", row.id, sha256=row.sha256)
    return await stream(unit, _runtime(request), row)

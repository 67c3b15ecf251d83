"""The zip of a download on its way out, straight from the blob store."""

from base64 import b64encode

from fastapi import Response
from fastapi.responses import StreamingResponse

from services.districts.data_exports.errors import DataExportNotReady
from services.districts.data_exports.models import DataExport
from services.districts.data_exports.rules import DataExportState
from shared.runtime import Runtime
from shared.units import Unit


async def stream(unit: Unit, runtime: Runtime, row: DataExport) -> Response:
    there = row.sha256 and await runtime.blobs.exists(unit.district_id, row.sha256)
    state = DataExportState.EXPIRED.value if row.expires_at and row.expires_at <= unit.now else row.state
    if state != DataExportState.READY or not row.sha256 or not there:
        raise DataExportNotReady(f"this download is {state}", state=state)
    headers = {
        "Content-Length": str(row.size), "ETag": f'"{row.sha256}"', "Cache-Control": "no-store",
        "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(row.sha256)).decode()}:",
        "Content-Disposition": f'attachment; filename="personal-data-{row.id}.zip"',
    }  # fmt: skip
    pieces = runtime.blobs.stream(unit.district_id, row.sha256)
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)

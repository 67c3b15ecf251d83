"""The zip of an export on its way out, straight from the blob store."""

from base64 import b64encode

from fastapi import Response
from fastapi.responses import StreamingResponse

from services.districts.roster_exports.errors import RosterExportNotReady
from services.districts.roster_exports.models import RosterExport
from services.districts.roster_exports.rules import ExportState
from shared.runtime import Runtime
from shared.units import Unit


async def stream(unit: Unit, runtime: Runtime, row: RosterExport) -> Response:
    state = ExportState.EXPIRED.value if row.expires_at and row.expires_at <= unit.now else row.state
    if state != ExportState.READY or not row.sha256 or not await runtime.blobs.exists(unit.district_id, row.sha256):
        raise RosterExportNotReady(f"this export is {state}", state=state)
    headers = {
        "Content-Length": str(row.size), "ETag": f'"{row.sha256}"', "Cache-Control": "no-store",
        "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(row.sha256)).decode()}:",
        "Content-Disposition": f'attachment; filename="roster-{row.id}.zip"',
    }  # fmt: skip
    return StreamingResponse(
        runtime.blobs.stream(unit.district_id, row.sha256), media_type="application/zip", headers=headers
    )

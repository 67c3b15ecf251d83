"""The job that has a file looked through; what is infected is deleted, and its row says so."""

from uuid import UUID

from sqlmodel import col

from services.observations.observation_attachments.models import ObservationAttachment
from services.observations.observation_attachments.queries import any_of
from services.observations.observation_attachments.scanning import scan
from services.observations.observation_attachments.schemas import AttachmentState
from services.observations.observation_attachments.service import tell_scanned
from services.observations.settings import settings_of
from shared.jobs.running import JobContext
from shared.units import Unit
from shared.writes import load, touch


async def run(job: JobContext) -> dict[str, str]:
    attachment_id = UUID(job.args["attachment_id"])
    async with job.unit() as unit:
        row = await _row(unit, attachment_id)
        district_id, sha256, state = row.district_id, row.sha256, row.state
    if state != AttachmentState.QUARANTINED:
        return {"state": state}
    blobs = job.runtime.blobs
    async with blobs.path_or_spool(district_id, sha256) as path:
        finding = await scan(settings_of(job.runtime).attachment_scanner, path)
    async with job.unit() as unit:
        row = await _row(unit, attachment_id, lock=True)
        if row.state != AttachmentState.QUARANTINED:
            return {"state": row.state}  # it was erased while it was looked through
        found = AttachmentState.CLEAN if finding.is_clean else AttachmentState.INFECTED
        values = {"state": found.value, "scanned_at": unit.now, "finding": finding.said}
        tell_scanned(unit, row, touch(unit, row, values))
    if not finding.is_clean:
        await blobs.delete(district_id, sha256)
    return {"state": found.value}


async def _row(unit: Unit, attachment_id: UUID, *, lock: bool = False) -> ObservationAttachment:
    return await load(unit, any_of(unit.who).where(col(ObservationAttachment.id) == attachment_id), lock=lock)

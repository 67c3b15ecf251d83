from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from fastapi import Response
from fastapi.responses import StreamingResponse
from sqlmodel import col

from services.observations.observation_attachments.errors import AttachmentNotReadable, OtherBytes
from services.observations.observation_attachments.models import ObservationAttachment
from services.observations.observation_attachments.queries import visible_to
from services.observations.observation_attachments.rules import faults_of, fixed_faults
from services.observations.observation_attachments.schemas import AttachmentState, ObservationAttachmentWrite
from services.observations.observations.holding import held_for_both
from services.observations.settings import settings_of
from shared.blobs import Blob
from shared.contracts.state import State
from shared.errors import Forbidden, Invalid
from shared.jobs.starting import start_job
from shared.runtime import Runtime
from shared.units import Unit
from shared.writes import announce, archive_row, load, put_row, repeated, show, stored_row, touch

SCAN_JOB = "observation_attachments.scan"
_ENTITY = "observation-attachments"


async def put_attachment(
    unit: Unit, runtime: Runtime, attachment_id: UUID, body: ObservationAttachmentWrite
) -> ObservationAttachment:
    """Announce a file. What is announced is fixed, so that the bytes can be held against it whenever they come."""
    stored = await stored_row(unit, ObservationAttachment, visible_to(unit.who), attachment_id)
    if done := repeated(unit, stored, body.model_dump()):
        return done
    person = unit.who.person
    if person is None or (stored is not None and not person.is_one_of(stored.author_id)):
        raise Forbidden("a file is its author's: send Throughline-Person")
    faults = list(faults_of(body, settings_of(runtime).attachment_max_bytes))
    if stored is not None:
        faults += fixed_faults(body, stored.model_dump())
    if faults:
        raise Invalid(errors=faults)
    await held_for_both(unit, body.observation_id)
    values: dict[str, Any] = body.model_dump()
    if stored is None:
        values |= {"author_id": person.id, "state": AttachmentState.EXPECTED.value}
    row, changed = await put_row(unit, ObservationAttachment, attachment_id, stored, values)
    return _announced(unit, row, "changed", changed)


async def get_attachment(unit: Unit, attachment_id: UUID, *, lock: bool = False) -> ObservationAttachment:
    return await load(unit, visible_to(unit.who).where(col(ObservationAttachment.id) == attachment_id), lock=lock)


async def archive_attachment(unit: Unit, attachment_id: UUID) -> ObservationAttachment:
    row = await get_attachment(unit, attachment_id, lock=True)
    if not unit.who.acts_as(row.author_id):
        raise Forbidden("a file is its author's to take away")
    await held_for_both(unit, row.observation_id)
    return _announced(unit, row, "changed", archive_row(unit, row))


async def receive(
    unit: Unit, runtime: Runtime, attachment_id: UUID, pieces: AsyncIterator[bytes]
) -> ObservationAttachment:
    """Take the bytes in. They are kept under their hash, so that sending them again, wherever it broke off, is safe."""
    row = await get_attachment(unit, attachment_id)
    if not unit.who.acts_as(row.author_id):
        raise Forbidden("a file is sent by its author")
    if row.state != AttachmentState.EXPECTED:
        return show(unit, row)
    announced = Blob(row.sha256, row.size)
    blob = await runtime.blobs.put(unit.district_id, pieces, row.size, only=announced)
    if blob != announced:
        raise OtherBytes(blob.sha256, blob.size)
    row = await get_attachment(unit, attachment_id, lock=True)
    if row.state != AttachmentState.EXPECTED:
        return show(unit, row)
    is_held = bool(settings_of(runtime).attachment_scanner)
    state = AttachmentState.QUARANTINED if is_held else AttachmentState.CLEAN
    changed = touch(unit, row, {"state": state.value, "received_at": unit.now})
    if is_held:
        await start_job(unit, runtime.queue, SCAN_JOB, {"attachment_id": str(row.id)})
    return _announced(unit, row, "received", changed)


async def stream(unit: Unit, runtime: Runtime, attachment_id: UUID) -> Response:
    row = await get_attachment(unit, attachment_id)
    if row.state != AttachmentState.CLEAN:
        raise AttachmentNotReadable(state=row.state)
    unit.audit("observation_attachment.downloaded", _ENTITY, row.id, sha256=row.sha256)
    headers = {
        "Content-Length": str(row.size), "ETag": f'"{row.sha256}"', "Cache-Control": "no-store",
        "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(row.sha256)).decode()}:",
        "Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    content = runtime.blobs.stream(unit.district_id, row.sha256)
    return StreamingResponse(content, media_type=row.media_type, headers=headers)


def tell_scanned(unit: Unit, row: ObservationAttachment, changed: tuple[str, ...]) -> None:
    _announced(unit, row, "scanned", changed)


def _announced(unit: Unit, row: ObservationAttachment, verb: str, changed: tuple[str, ...]) -> ObservationAttachment:
    announce(unit, f"observation_attachment.{verb}", _ENTITY, row, State.of(row) | {"state": row.state}, changed)
    return show(unit, row)

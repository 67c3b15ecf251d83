import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from services.districts.roster_imports.archive import open_archive
from services.districts.roster_imports.errors import RosterImportNotHeld, RosterUnreadable
from services.districts.roster_imports.models import RosterImport
from services.districts.roster_imports.records import get_import, last_applied
from services.districts.roster_imports.rules import ImportState
from services.districts.roster_imports.running import JOB, limits_of, settings_of, told
from shared.blobs import Blob
from shared.clock import new_id
from shared.idempotency import settle
from shared.jobs.starting import start_job
from shared.runtime import Runtime
from shared.units import Unit
from shared.writes import announce, check_version, show, touch


async def take_in(unit: Unit, runtime: Runtime, pieces: AsyncIterator[bytes]) -> RosterImport:
    """Keep the zip and queue its import. What is no roster at all is refused at once."""
    blob = await runtime.blobs.put(unit.district_id, pieces, settings_of(runtime).roster_max_bytes)
    await settle(unit, blob.sha256)
    row = await start_import(unit, runtime, blob)
    unit.answer.headers["Location"] = f"/v1/roster-imports/{row.id}"
    return show(unit, row)


async def start_import(unit: Unit, runtime: Runtime, blob: Blob) -> RosterImport:
    """Queue the import of a OneRoster zip that is in the blob store, whoever put it there."""
    try:
        async with runtime.blobs.path_or_spool(unit.district_id, blob.sha256) as path:
            archive = await asyncio.to_thread(open_archive, path, limits_of(runtime))
            archive.zip.close()
    except RosterUnreadable:
        await runtime.blobs.delete(unit.district_id, blob.sha256)
        raise
    import_id = new_id()
    job = await start_job(unit, runtime.queue, JOB, {"import_id": str(import_id)})
    row = RosterImport(
        district_id=unit.district_id, id=import_id, created_at=unit.now, updated_at=unit.now,
        state=ImportState.STAGED.value, sha256=blob.sha256, size=blob.size, oneroster_version=archive.version,
        ignored=list(archive.ignored), warnings=archive.warnings, job_id=job.id,
    )  # fmt: skip
    unit.session.add(row)
    announce(unit, "roster_import.uploaded", "roster-imports", row, told(row), ("state",))
    return row


async def approve(unit: Unit, runtime: Runtime, import_id: UUID) -> RosterImport:
    """Let a held import go on, whatever it removes; unless a later one has been applied by now."""
    row = await get_import(unit, import_id, lock=True)
    if row.state != ImportState.HELD:
        raise RosterImportNotHeld(state=row.state, possible=[])
    latest = await last_applied(unit)
    if latest is not None and latest.created_at > row.created_at:
        raise RosterImportNotHeld("a later roster has been applied since: upload this one again if it is still right")
    check_version(unit, row.version)
    job = await start_job(unit, runtime.queue, JOB, {"import_id": str(row.id)})
    changed = touch(unit, row, {"state": ImportState.STAGED.value, "is_approved": True, "job_id": job.id})
    announce(unit, "roster_import.approved", "roster-imports", row, told(row), changed)
    return show(unit, row)

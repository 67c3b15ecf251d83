import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from services.districts.roster_imports import reverting
from services.districts.roster_imports.archive import Archive, open_archive
from services.districts.roster_imports.errors import RosterImportMove, RosterMovedOn, RosterUnreadable
from services.districts.roster_imports.files import GRADEBOOK
from services.districts.roster_imports.models import RosterImport
from services.districts.roster_imports.planning import roster_version
from services.districts.roster_imports.records import find_plan, get_import, last_to_revert
from services.districts.roster_imports.rules import Action, ImportState, only_the_last
from services.districts.roster_imports.running import JOB, limits_of, settings_of, told
from shared.access.scopes import HANDS_IN_RESULTS
from shared.blobs import Blob
from shared.clock import new_id
from shared.errors import PreconditionFailed, PreconditionRequired
from shared.idempotency import settle
from shared.jobs import records
from shared.jobs.starting import start_job
from shared.runtime import Runtime
from shared.units import Unit
from shared.writes import announce, check_version, show, touch


async def take_in(
    unit: Unit, runtime: Runtime, pieces: AsyncIterator[bytes], *, is_dry_run: bool = False, may_rekey: bool = True
) -> RosterImport:
    """Keep the upload and queue its import. What is no roster at all is refused at once."""
    blob = await runtime.blobs.put(unit.district_id, pieces, settings_of(runtime).roster_max_bytes)
    await settle(unit, blob.sha256)
    row = await start_import(unit, runtime, blob, is_dry_run=is_dry_run, may_rekey=may_rekey)
    unit.answer.headers["Location"] = f"/v1/roster-imports/{row.id}"
    return show(unit, row)


async def start_import(
    unit: Unit, runtime: Runtime, blob: Blob, *, is_dry_run: bool = False, may_rekey: bool = True
) -> RosterImport:
    """Queue the import of a OneRoster zip that is in the blob store, whoever put it there."""
    try:
        async with runtime.blobs.path_or_spool(unit.district_id, blob.sha256) as path:
            archive = await asyncio.to_thread(open_archive, path, limits_of(runtime))
            archive.zip.close()
            _leave_out_gradebook(unit, archive)
    except RosterUnreadable:
        await runtime.blobs.delete(unit.district_id, blob.sha256)
        raise
    import_id = new_id()
    job = await start_job(unit, runtime.queue, JOB, {"import_id": str(import_id)})
    row = RosterImport(
        district_id=unit.district_id, id=import_id, created_at=unit.now, updated_at=unit.now,
        state=ImportState.RECEIVED.value, sha256=blob.sha256, size=blob.size, oneroster_version=archive.version,
        ignored=list(archive.ignored), warnings=archive.warnings, is_dry_run=is_dry_run, may_rekey=may_rekey,
        job_id=job.id,
    )  # fmt: skip
    unit.session.add(row)
    announce(unit, "roster_import.received", "roster-imports", row, told(row), ("state",))
    return row


def _leave_out_gradebook(unit: Unit, archive: Archive) -> None:
    """A file is no way around the scope that handing in students' results takes."""
    if not unit.who.has(HANDS_IN_RESULTS) and (names := [name for name in GRADEBOOK if name in archive.modes]):
        archive.leave_out(names)
        told = ", ".join(f"{name}.csv" for name in names)
        archive.warnings.append(f"{told} was left alone: the token has not the scope {HANDS_IN_RESULTS}")


async def apply_plan(unit: Unit, runtime: Runtime, import_id: UUID) -> RosterImport:
    """Let an import that waits go on, if its plan is the one that the caller has seen and the roster is as it was."""
    row = await get_import(unit, import_id)
    plan = await find_plan(unit, import_id)
    if plan is None or Action.APPLY not in row.possible:
        raise _refusal(row)
    _check_plan(unit, plan.digest)
    if plan.roster_version != await roster_version(unit.connection, unit.district_id):
        await _plan_again(unit, runtime, import_id)
        raise RosterMovedOn("the roster has changed since this plan: the import is planned again, read its new plan")
    row = await get_import(unit, import_id, lock=True)
    if not row.is_waiting:
        raise _refusal(row)
    job = await start_job(unit, runtime.queue, JOB, {"import_id": str(row.id)})
    changed = touch(
        unit, row, {"state": ImportState.PLANNED.value, "is_waiting": False, "is_dry_run": False,
                    "accepted_plan": plan.digest, "job_id": job.id}
    )  # fmt: skip
    announce(unit, "roster_import.accepted", "roster-imports", row, told(row), changed)
    return show(unit, row)


def _check_plan(unit: Unit, digest: str) -> None:
    current = f'"{digest}"'
    if unit.if_match is None:
        raise PreconditionRequired("send If-Match with the ETag of the plan that you have read", current=current)
    if not {tag.strip() for tag in unit.if_match.split(",")} & {current, "*"}:
        raise PreconditionFailed("that is not the ETag of this import's plan", current=current)


async def _plan_again(unit: Unit, runtime: Runtime, import_id: UUID) -> None:
    """Queue a new plan in a transaction of its own, for the caller's own ends with a refusal."""
    async with runtime.database.unit(unit.district_id, unit.who) as other:
        other.request_id = unit.request_id
        row = await get_import(other, import_id, lock=True)
        if row.is_waiting:
            job = await start_job(other, runtime.queue, JOB, {"import_id": str(row.id), "plan_only": True})
            changed = touch(other, row, {"state": ImportState.RECEIVED.value, "is_waiting": False, "job_id": job.id})
            announce(other, "roster_import.received", "roster-imports", row, told(row), changed)


async def cancel(unit: Unit, import_id: UUID) -> RosterImport:
    """Stop at once an import that waits or is queued; one that runs stops at its next step, if it is not done then."""
    row = await get_import(unit, import_id, lock=True)
    if Action.CANCEL not in row.possible:
        raise _refusal(row)
    check_version(unit, row.version)
    job = await records.find_for_update(unit.connection, unit.schema, unit.district_id, row.job_id)
    if job is not None and not job.state.is_final:
        job = await records.ask_to_cancel(unit.connection, unit.schema, job, unit.now)
    if job is None or job.state.is_final:
        changed = touch(unit, row, {"state": ImportState.CANCELLED.value, "is_waiting": False})
        announce(unit, "roster_import.cancelled", "roster-imports", row, told(row), changed)
    else:
        unit.audit("job.cancelled", "jobs", job.id)
    return show(unit, row)


async def revert(unit: Unit, runtime: Runtime, import_id: UUID) -> RosterImport:
    """Queue the way back."""
    row = await get_import(unit, import_id, lock=True)
    if Action.REVERT not in row.possible:
        raise await _refusal_to_revert(unit, row)
    check_version(unit, row.version)
    job = await start_job(unit, runtime.queue, reverting.JOB, {"import_id": str(row.id)})
    changed = touch(unit, row, {"state": ImportState.REVERTING.value, "problem": None, "job_id": job.id})
    announce(unit, "roster_import.reverting", "roster-imports", row, told(row), changed)
    return show(unit, row)


def _refusal(row: RosterImport) -> RosterImportMove:
    return RosterImportMove(state=row.state, possible=row.possible)


async def _refusal_to_revert(unit: Unit, row: RosterImport) -> RosterImportMove:
    if row.state != ImportState.APPLIED:
        return _refusal(row)
    last = await last_to_revert(unit)
    return RosterImportMove(only_the_last(row.same_as, last), state=row.state, possible=row.possible, last_applied=last)

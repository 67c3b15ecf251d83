"""The jobs of an export: write it, and forget it when its days are over. It holds students' rows."""

import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.districts.roster_exports.models import RosterExport
from services.districts.roster_exports.records import get_export, is_used_elsewhere
from services.districts.roster_exports.rules import ExportState
from services.districts.roster_exports.writing import Written, pieces_of, write
from services.districts.settings import settings_of
from shared.blobs import Blob
from shared.clock import now
from shared.jobs.records import JobState
from shared.jobs.running import JobContext
from shared.jobs.starting import start_job
from shared.jobs.telling import Problem
from shared.units import Unit
from shared.writes import announce, touch

JOB, FORGET_JOB = "roster_exports.run", "roster_exports.forget"
LARGEST = 1 << 40  # it is our own; the disk is the limit


async def run(job: JobContext) -> dict[str, Any] | None:
    export_id = UUID(job.args["export_id"])
    async with job.unit() as unit:
        row = await get_export(unit, export_id)
        if row.state == ExportState.READY:
            return None
        wishes = _wishes(row)
    with tempfile.TemporaryFile(prefix="throughline-") as file:
        async with job.runtime.database.transaction(job.district_id) as connection:
            written = await write(
                connection, job.district_id, file, now=now(), progress=job.progress, **wishes
            )  # fmt: skip
        blob = await job.runtime.blobs.put(job.district_id, pieces_of(file), LARGEST)
    async with job.unit() as unit:
        await _conclude(job, unit, await get_export(unit, export_id, lock=True), written, blob)
    return None


def _wishes(row: RosterExport) -> dict[str, Any]:
    return {
        "version": row.oneroster_version, "since": row.since, "has_gradebook": row.has_gradebook,
        "has_demographics": row.has_demographics,
    }  # fmt: skip


async def _conclude(job: JobContext, unit: Unit, row: RosterExport, written: Written, blob: Blob) -> None:
    expires_at = unit.now + timedelta(days=settings_of(job.runtime).roster_export_days)
    values = {
        "state": ExportState.READY.value, "as_of": written.as_of, "sha256": blob.sha256, "size": blob.size,
        "files": written.files, "warnings": written.warnings, "problem": None, "expires_at": expires_at,
    }  # fmt: skip
    announce(unit, "roster_export.ready", "roster-exports", row, told(row), touch(unit, row, values))
    await start_job(unit, job.runtime.queue, FORGET_JOB, {"export_id": str(row.id)}, not_before=expires_at)
    await unit.session.flush()
    await job.succeed(unit, {"roster_export_id": str(row.id), "state": row.state})


async def tell(unit: Unit, args: Mapping[str, Any], state: JobState, problem: Problem) -> None:
    row = await get_export(unit, UUID(args["export_id"]), lock=True)
    changed = touch(unit, row, {"state": ExportState(state).value, "problem": problem})
    verb = "requested" if state == JobState.QUEUED else row.state
    announce(unit, f"roster_export.{verb}", "roster-exports", row, told(row), changed)


async def forget(job: JobContext) -> dict[str, Any] | None:
    """Delete what was not to be kept for longer; the row stays, and says what was taken out and when."""
    async with job.unit() as unit:
        row = await get_export(unit, UUID(job.args["export_id"]), lock=True)
        if row.state != ExportState.READY or not _is_over(row, unit.now):
            return None
        if row.sha256 and not await is_used_elsewhere(unit, row):
            await job.runtime.blobs.delete(unit.district_id, row.sha256)
        changed = touch(unit, row, {"state": ExportState.EXPIRED.value})
        announce(unit, "roster_export.expired", "roster-exports", row, told(row), changed)
    return None


def _is_over(row: RosterExport, at: datetime) -> bool:
    return row.expires_at is not None and row.expires_at <= at


def told(row: RosterExport) -> dict[str, Any]:
    return {"id": row.id, "version": row.version, "archived": False, "state": row.state, "files": row.files}

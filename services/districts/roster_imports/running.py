"""The job of an import.

A run is one transaction, so an import is applied whole or not at all, and running it twice is running it once. The zip
with the same bytes as the last one applied changes nothing and is not even opened.
"""

import asyncio
from dataclasses import asdict
from typing import Any
from uuid import UUID

from services.districts.changing import announce_batches
from services.districts.roster_imports import importing
from services.districts.roster_imports.applying import Applier
from services.districts.roster_imports.archive import Archive, Limits, open_archive
from services.districts.roster_imports.errors import RosterUnreadable
from services.districts.roster_imports.importing import Outcome, Terms
from services.districts.roster_imports.models import RosterImport
from services.districts.roster_imports.records import copy_errors, get_import, last_applied, mark_validated
from services.districts.roster_imports.rules import ImportState
from services.districts.settings import DistrictsSettings
from services.districts.states.queries import ORGS, PEOPLE, RELATIONSHIPS
from shared.clock import now
from shared.errors import AppError
from shared.jobs.running import JobCancelled, JobContext
from shared.runtime import Runtime
from shared.units import Unit
from shared.writes import announce, touch

JOB = "roster_imports.run"
DONE = frozenset({ImportState.APPLIED, ImportState.HELD})


def settings_of(runtime: Runtime) -> DistrictsSettings:
    settings = runtime.settings
    if not isinstance(settings, DistrictsSettings):
        raise TypeError("rosters are imported by districts")
    return settings


def limits_of(runtime: Runtime) -> Limits:
    return Limits(total_bytes=settings_of(runtime).roster_max_unpacked_bytes)


async def run(job: JobContext) -> dict[str, Any] | None:
    """Import the roster of `import_id`. The reason of a failure is kept with the import, where people look for it."""
    import_id = UUID(job.args["import_id"])
    try:
        return await _run(job, import_id)
    except JobCancelled:
        await _fail(job, import_id, RosterUnreadable("somebody cancelled the import").problem())
        raise
    except AppError as error:
        await _fail(job, import_id, error.problem())
        raise


async def _run(job: JobContext, import_id: UUID) -> dict[str, Any] | None:
    async with job.unit() as unit:
        row = await get_import(unit, import_id)
        if row.state in DONE:
            return None
        latest = await last_applied(unit)
        if latest is not None and latest.sha256 == row.sha256:
            await _repeat(unit, row, latest)
            await job.succeed(unit, {"roster_import_id": str(import_id), "state": row.state})
            return None
        async with job.runtime.blobs.path_or_spool(job.district_id, row.sha256) as path:
            archive = await asyncio.to_thread(open_archive, path, limits_of(job.runtime))
            with archive.zip:
                same = latest is None or latest.oneroster_version == archive.version
                outcome = await _import(job, unit, row, archive, same_version=same)
        await unit.session.refresh(row)
        _conclude(unit, row, archive, outcome)
        await job.succeed(unit, {"roster_import_id": str(import_id), "state": row.state})
    return None


async def _import(job: JobContext, unit: Unit, row: RosterImport, archive: Archive, *, same_version: bool) -> Outcome:
    settings = settings_of(job.runtime)

    async def validated() -> None:
        async with job.runtime.database.transaction(job.district_id) as connection:
            await mark_validated(connection, job.district_id, row.id, now())

    applier = Applier(unit.connection, unit.district_id, row.id, unit.now, settings.roster_errors_kept)
    brake = None if row.is_approved else settings.roster_brake_percent / 100
    terms = Terms(brake=brake, same_version=same_version)
    return await importing.run(applier, archive, terms, progress=job.progress, validated=validated)


def _conclude(unit: Unit, row: RosterImport, archive: Archive, outcome: Outcome) -> None:
    """Write what became of it, and tell everybody who copies the roster."""
    files = {
        name: {"mode": archive.modes.get(name, "derived"), **asdict(counts)} for name, counts in outcome.counts.items()
    }
    held = [{"file": name, "removed": gone, "active": active} for name, (gone, active) in outcome.held.items()]
    state = ImportState.HELD if held else ImportState.APPLIED
    changed = touch(
        unit,
        row,
        {"state": state.value, "files": files, "held": held, "problem": None, "applied_at": None if held else unit.now},
    )
    announce(unit, f"roster_import.{state}", "roster-imports", row, told(row), changed)
    announce_batches(unit, ORGS, outcome.orgs)
    announce_batches(unit, PEOPLE, outcome.people)
    announce_batches(unit, RELATIONSHIPS, outcome.relationships)


async def _repeat(unit: Unit, row: RosterImport, latest: RosterImport) -> None:
    """Conclude an import of the very bytes that were applied last: nothing changes, and nothing is told of people."""
    files = {
        name: {**counts, "added": 0, "changed": 0, "removed": 0, "unchanged": counts["rows"] - counts["rejected"]}
        for name, counts in latest.files.items()
    }
    changed = touch(
        unit, row, {"state": ImportState.APPLIED.value, "files": files, "problem": None, "applied_at": unit.now}
    )
    await copy_errors(unit.connection, unit.district_id, latest.id, row.id)
    announce(unit, "roster_import.applied", "roster-imports", row, told(row), changed)


async def _fail(job: JobContext, import_id: UUID, problem: dict[str, Any]) -> None:
    async with job.unit() as unit:
        row = await get_import(unit, import_id, lock=True)
        changed = touch(unit, row, {"state": ImportState.FAILED.value, "problem": problem})
        announce(unit, "roster_import.failed", "roster-imports", row, told(row), changed)


def told(row: RosterImport) -> dict[str, Any]:
    return {"id": row.id, "version": row.version, "archived": False, "state": row.state, "files": row.files}

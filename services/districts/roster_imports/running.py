"""The job of an import.

A run is one transaction, so an import is applied whole or not at all, and running it twice is running it once. The zip
with the same bytes as the last one applied changes nothing and is not even opened.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.districts.changing import announce_batches
from services.districts.roster_imports import importing
from services.districts.roster_imports.applying import Applier, Counts
from services.districts.roster_imports.archive import Archive, Limits, open_archive
from services.districts.roster_imports.errors import RosterUnreadable
from services.districts.roster_imports.importing import Outcome, Telling, Terms, open_for_sets
from services.districts.roster_imports.models import RosterImport
from services.districts.roster_imports.planning import EntityPlan, Plan, keep_plan, roster_version
from services.districts.roster_imports.records import copy_errors, get_import, last_applied, mark, supersede
from services.districts.roster_imports.reporting import keep_errors
from services.districts.roster_imports.rules import SETTLED, STOPPED, ImportState, outcome_of
from services.districts.roster_imports.settled import Before
from services.districts.settings import DistrictsSettings
from shared.clock import now
from shared.errors import AppError
from shared.jobs.outages import is_outage
from shared.jobs.records import JobState
from shared.jobs.running import ATTEMPTS, JobCancelled, JobContext, JobFailed
from shared.jobs.telling import Problem
from shared.runtime import Runtime
from shared.units import Unit
from shared.writes import announce, touch

JOB = "roster_imports.run"


def settings_of(runtime: Runtime) -> DistrictsSettings:
    settings = runtime.settings
    if not isinstance(settings, DistrictsSettings):
        raise TypeError("rosters are imported by districts")
    return settings


def limits_of(runtime: Runtime) -> Limits:
    return Limits(total_bytes=settings_of(runtime).roster_max_unpacked_bytes)


async def run(job: JobContext) -> dict[str, Any] | None:
    """Plan the roster of `import_id`, and apply it unless that has to wait for somebody.

    The reason of a failure is kept with the import, where people look for it. With `plan_only` nothing is applied.
    """
    import_id = UUID(job.args["import_id"])
    try:
        return await _run(job, import_id)
    except JobCancelled:
        await _stop(job, import_id, ImportState.CANCELLED, None)
        raise
    except RosterUnreadable as error:
        await _stop(job, import_id, ImportState.REFUSED, error.problem())
        raise
    except Exception as error:
        if not is_outage(error) or job.attempt >= ATTEMPTS:
            problem = error.problem() if isinstance(error, AppError) else JobFailed().problem()
            await _stop(job, import_id, ImportState.FAILED, problem)
        raise


async def _run(job: JobContext, import_id: UUID) -> dict[str, Any] | None:
    async with job.unit() as unit:
        row = await get_import(unit, import_id)
        if row.state in SETTLED or row.is_waiting:
            return None
        await open_for_sets(unit.connection, unit.district_id)
        latest = await last_applied(unit)
        if latest is not None and _is_same(latest, row):
            outcome = await _repeat(job, unit, row, latest)
        else:
            async with job.runtime.blobs.path_or_spool(job.district_id, row.sha256) as path:
                archive = await asyncio.to_thread(open_archive, path, limits_of(job.runtime))
                archive.leave_out(row.ignored)
                with archive.zip:
                    outcome = await _import(job, unit, row, archive, _before(latest, archive))
            await keep_errors(unit.connection, unit.district_id, row.id, outcome.errors)
        await unit.session.refresh(row)
        await _conclude(unit, row, outcome)
        await job.succeed(unit, {"roster_import_id": str(import_id), "state": row.state})
    return None


def _is_same(latest: RosterImport, row: RosterImport) -> bool:
    return not latest.is_stale and (latest.sha256, latest.ignored) == (row.sha256, row.ignored)


def _is_dry(job: JobContext, row: RosterImport) -> bool:
    return row.is_dry_run or bool(job.args.get("plan_only"))


def _before(latest: RosterImport | None, archive: Archive) -> Before:
    if latest is None:
        return Before()
    if latest.oneroster_version != archive.version:
        return Before(is_comparable=False)
    return Before(fingerprints=latest.settled, files=latest.files)


async def _import(job: JobContext, unit: Unit, row: RosterImport, archive: Archive, before: Before) -> Outcome:
    settings = settings_of(job.runtime)

    async def validated() -> None:
        async with job.runtime.database.transaction(job.district_id) as connection:
            await mark(connection, job.district_id, row.id, ImportState.VALIDATED, now())

    async def planned(plan: Plan) -> None:
        async with job.runtime.database.transaction(job.district_id) as connection:
            await keep_plan(connection, job.district_id, row.id, plan, now())
            await mark(connection, job.district_id, row.id, ImportState.PLANNED, now())

    applier = Applier(unit.connection, unit.district_id, row.id, unit.now, settings.roster_errors_kept)
    brake = settings.roster_brake_percent / 100
    terms = Terms(brake, _is_dry(job, row), row.accepted_plan, row.may_rekey, before)
    return await importing.run(applier, archive, row.sha256, terms, Telling(job.progress, validated, planned))


async def _repeat(job: JobContext, unit: Unit, row: RosterImport, latest: RosterImport) -> Outcome:
    """Conclude an import of the very bytes that were applied last: nothing changes, and nothing is told of people."""
    plan = Plan(await roster_version(unit.connection, unit.district_id), row.sha256)
    for name, told in latest.files.items():
        rows, rejected = told["rows"], told["rejected"]
        plan.entities[name] = EntityPlan(told["mode"], Counts(rows, unchanged=rows - rejected, rejected=rejected))
    await copy_errors(unit.connection, unit.district_id, latest.id, row.id)
    row.same_as = latest.same_as or latest.id
    await unit.session.flush()
    accepted = None if row.accepted_plan is None else row.accepted_plan == plan.digest
    state = outcome_of(is_over=False, is_dry_run=_is_dry(job, row), is_accepted=accepted)
    return Outcome(plan, state, settled=latest.settled)


async def _conclude(unit: Unit, row: RosterImport, outcome: Outcome) -> None:
    """Write what became of it, and tell everybody who copies the roster."""
    is_applied = outcome.state == ImportState.APPLIED
    await keep_plan(unit.connection, unit.district_id, row.id, outcome.plan, unit.now)
    values = {
        "state": outcome.state.value,
        "files": outcome.plan.files,
        "problem": None,
        "is_waiting": not is_applied,
        "accepted_plan": row.accepted_plan if is_applied else None,
        "applied_at": unit.now if is_applied else None,
    }
    if is_applied:
        row.settled = outcome.settled
    if is_applied and row.same_as is None:
        await supersede(unit.connection, unit.district_id, row.id)
    changed = touch(unit, row, values)
    announce(unit, f"roster_import.{outcome.state}", "roster-imports", row, told(row), changed)
    for table, ids in outcome.changed.items():
        announce_batches(unit, table, ids)


async def _stop(job: JobContext, import_id: UUID, state: ImportState, problem: dict[str, Any] | None) -> None:
    async with job.unit() as unit:
        row = await get_import(unit, import_id, lock=True)
        changed = touch(unit, row, {"state": state.value, "problem": problem, "is_waiting": False})
        announce(unit, f"roster_import.{state}", "roster-imports", row, told(row), changed)


async def tell(unit: Unit, args: Mapping[str, Any], state: JobState, problem: Problem) -> None:
    """Say of an import what became of its job where the job could not: cancelled while it waited, or given up."""
    row = await get_import(unit, UUID(args["import_id"]), lock=True)
    if state == JobState.QUEUED and row.state in STOPPED:
        changed = touch(unit, row, {"state": ImportState.RECEIVED.value, "problem": None})
        announce(unit, "roster_import.received", "roster-imports", row, told(row), changed)
    elif state != JobState.QUEUED and not (row.is_waiting or row.state in SETTLED | STOPPED):
        changed = touch(unit, row, {"state": ImportState(state).value, "problem": problem})
        announce(unit, f"roster_import.{row.state}", "roster-imports", row, told(row), changed)


def told(row: RosterImport) -> dict[str, Any]:
    return {"id": row.id, "version": row.version, "archived": False, "state": row.state, "files": row.files}

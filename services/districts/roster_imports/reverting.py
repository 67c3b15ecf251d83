"""The job that takes an import back: all of it in one transaction, or nothing and the reasons why not."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.districts.changing import announce_batches
from services.districts.roster_imports.errors import RosterRevertBlocked
from services.districts.roster_imports.files import GRADEBOOK
from services.districts.roster_imports.importing import derive, hold_gradebook, open_for_sets
from services.districts.roster_imports.models import RosterImport
from services.districts.roster_imports.records import get_import, repeats_of
from services.districts.roster_imports.restoring import Restorer, restore_all, targets_of
from services.districts.roster_imports.rules import ImportState
from services.districts.roster_imports.running import told
from shared.jobs.records import JobState
from shared.jobs.running import JobContext
from shared.jobs.telling import Problem
from shared.units import Unit
from shared.writes import announce, touch

JOB = "roster_imports.revert"


async def run(job: JobContext) -> dict[str, Any] | None:
    """Take back the import of `import_id`. If that cannot be, it stays applied, and its problem says why."""
    import_id = UUID(job.args["import_id"])
    async with job.unit() as unit:
        await open_for_sets(unit.connection, unit.district_id)
        row = await get_import(unit, import_id, lock=True)
        if row.state != ImportState.REVERTING or row.applied_at is None:
            return None
        if row.superseded_by is not None:
            raise RosterRevertBlocked(blocked_by=[{"entity": "roster-imports", "id": str(row.superseded_by),
                                                   "why": "was applied later"}])  # fmt: skip
        targets = targets_of(row.files)
        if any(target.shape.name in GRADEBOOK for target in targets):
            await hold_gradebook(unit.connection, unit.district_id)
        restorer = Restorer(unit.connection, unit.district_id, row.id, row.applied_at, unit.now)
        if blockers := await restorer.blockers(targets):
            raise RosterRevertBlocked(blocked_by=[blocker.told() for blocker in blockers])
        await restore_all(restorer, targets, job.progress)
        touched = {target.shape.name for target in targets}
        changed = await derive(unit.connection, unit.district_id, unit.now, touched)
        await restorer.forget()
        for table, ids in changed.items():
            announce_batches(unit, table, ids)
        await _conclude(unit, row)
        await job.succeed(unit, {"roster_import_id": str(import_id), "state": row.state})
    return None


async def _conclude(unit: Unit, row: RosterImport) -> None:
    """Say so of the import, and of those that brought the very same again: their bytes are news from now on."""
    for other in (row, *await repeats_of(unit, row.id)):
        changed = touch(unit, other, {"state": ImportState.REVERTED.value, "problem": None})
        announce(unit, "roster_import.reverted", "roster-imports", other, told(other), changed)
    await unit.session.flush()


async def tell(unit: Unit, args: Mapping[str, Any], state: JobState, problem: Problem) -> None:
    """Let the import stay applied when its way back has ended; let it go back when somebody retries that."""
    row = await get_import(unit, UUID(args["import_id"]), lock=True)
    if state == JobState.QUEUED and row.state == ImportState.APPLIED:
        changed = touch(unit, row, {"state": ImportState.REVERTING.value, "problem": None})
        announce(unit, "roster_import.reverting", "roster-imports", row, told(row), changed)
    elif state != JobState.QUEUED and row.state == ImportState.REVERTING:
        changed = touch(unit, row, {"state": ImportState.APPLIED.value, "problem": problem})
        announce(unit, "roster_import.revert_refused", "roster-imports", row, told(row), changed)

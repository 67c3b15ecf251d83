"""Asking for a pull, in the transaction that makes it needed."""

from typing import Any

from services.districts.roster_pulls.errors import RosterPullUnderWay
from services.districts.roster_pulls.models import RosterPull
from services.districts.roster_pulls.records import is_under_way
from services.districts.roster_pulls.rules import PullState
from services.districts.roster_sources.errors import RosterSourceArchived
from services.districts.roster_sources.models import RosterSource
from services.districts.roster_sources.rules import PullMode
from shared.clock import new_id
from shared.jobs.queue import Queue
from shared.jobs.starting import start_job
from shared.units import Unit
from shared.writes import announce

JOB = "roster_pulls.run"


async def start_pull(unit: Unit, queue: Queue, source: RosterSource, mode: PullMode) -> RosterPull:
    """Queue a pull of a source whose row the caller has locked: one at a time."""
    if source.archived_at is not None:
        raise RosterSourceArchived
    if await is_under_way(unit, source.id):
        raise RosterPullUnderWay
    pull_id = new_id()
    job = await start_job(unit, queue, JOB, {"pull_id": str(pull_id)})
    row = RosterPull(
        district_id=unit.district_id, id=pull_id, created_at=unit.now, updated_at=unit.now, source_id=source.id,
        mode=mode.value, state=PullState.QUEUED.value, job_id=job.id,
    )  # fmt: skip
    unit.session.add(row)
    await unit.session.flush()
    announce(unit, "roster_pull.requested", "roster-pulls", row, told(row), ("state",))
    return row


def told(row: RosterPull) -> dict[str, Any]:
    state = {"source_id": row.source_id, "state": row.state, "files": row.files, "import_id": row.import_id}
    return {"id": row.id, "version": row.version, "archived": False, **state}

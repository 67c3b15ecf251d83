"""Asking for a pull, in the transaction that makes it needed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.districts.roster_pulls.errors import RosterPullUnderWay
from services.districts.roster_pulls.models import RosterPull
from services.districts.roster_pulls.records import get_pull
from services.districts.roster_pulls.rules import UNDER_WAY, PullState
from services.districts.roster_sources.errors import RosterSourceArchived
from services.districts.roster_sources.models import RosterSource
from services.districts.roster_sources.rules import PullMode
from shared.clock import new_id
from shared.jobs.queue import Queue
from shared.jobs.records import JobState
from shared.jobs.starting import start_job
from shared.jobs.telling import Problem
from shared.units import Unit
from shared.writes import announce, touch

JOB = "roster_pulls.run"


async def start_pull(unit: Unit, queue: Queue, source: RosterSource, mode: PullMode) -> RosterPull:
    """Queue a pull of a source, or give the one that is under way: a source is asked once at a time."""
    if source.archived_at is not None:
        raise RosterSourceArchived
    pull_id = new_id()
    job = await start_job(unit, queue, JOB, {"pull_id": str(pull_id)}, unique_by={"source_id": source.id})
    if job.args["pull_id"] != str(pull_id):
        return await _serving(unit, UUID(job.args["pull_id"]), mode)
    row = RosterPull(
        district_id=unit.district_id, id=pull_id, created_at=unit.now, updated_at=unit.now, source_id=source.id,
        mode=mode.value, state=PullState.QUEUED.value, job_id=job.id,
    )  # fmt: skip
    unit.session.add(row)
    await unit.session.flush()
    announce(unit, "roster_pull.requested", "roster-pulls", row, told(row), ("state",))
    return row


async def _serving(unit: Unit, pull_id: UUID, mode: PullMode) -> RosterPull:
    """Give the pull that is under way. A full one brings what an incremental one would, and not the other way round."""
    row = await get_pull(unit, pull_id)
    if mode == PullMode.FULL and row.mode != PullMode.FULL:
        raise RosterPullUnderWay(roster_pull_id=row.id)
    return row


async def tell(unit: Unit, args: Mapping[str, Any], state: JobState, problem: Problem) -> None:
    row = await get_pull(unit, UUID(args["pull_id"]), lock=True)
    if (row.state in UNDER_WAY) != (state == JobState.QUEUED):
        changed = touch(unit, row, {"state": PullState(state).value, "problem": problem})
        verb = "requested" if state == JobState.QUEUED else row.state
        announce(unit, f"roster_pull.{verb}", "roster-pulls", row, told(row), changed)


def told(row: RosterPull) -> dict[str, Any]:
    state = {"source_id": row.source_id, "state": row.state, "files": row.files, "import_id": row.import_id}
    return {"id": row.id, "version": row.version, "archived": False, **state}

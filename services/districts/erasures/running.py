"""The two jobs of an erasure: plan it, and apply it.

Planning does all that applying does, in every service, and takes it back: so the plan is what would be. Each service
erases in a transaction of its own, which a second time changes nothing; the record says which have. Whoever is killed
in between goes on where it stood. Files go last, when no row leads to them any more.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from services.districts.data_exports.records import ids_of
from services.districts.erasures.erasing import Subjects, erase_here, subjects_of
from services.districts.erasures.files import delete_files
from services.districts.erasures.models import Erasure
from services.districts.erasures.records import check_not_held, get_erasure
from services.districts.erasures.rules import ErasureState, ErasureSubject
from shared.jobs.records import JobState
from shared.jobs.running import JobContext
from shared.jobs.telling import Problem
from shared.peers import checked
from shared.privacy.erasing import Of, Undone
from shared.settings import SERVICE_NAMES
from shared.units import Unit
from shared.writes import announce, touch

PLAN_JOB, APPLY_JOB = "erasures.plan", "erasures.apply"
_OTHERS = tuple(name for name in SERVICE_NAMES if name != "districts")


async def plan(job: JobContext) -> dict[str, Any] | None:
    erasure_id = UUID(job.args["erasure_id"])
    async with job.unit() as unit:
        row = await get_erasure(unit, erasure_id)
        if row.state != ErasureState.PLANNING:
            return None
        subjects = await subjects_of(unit, row)
    found = {name: await _service(job, name, subjects, apply=False) for name in SERVICE_NAMES}
    values = {"state": ErasureState.PLANNED.value, "planned": found, "held": [str(one) for one in subjects.held]}
    await _move(job, erasure_id, values)
    return None


async def apply(job: JobContext) -> dict[str, Any] | None:
    erasure_id = UUID(job.args["erasure_id"])
    async with job.unit() as unit:
        row = await get_erasure(unit, erasure_id)
        if row.state != ErasureState.APPLYING:
            return None
        subjects = await subjects_of(unit, row)
        done, planned = dict(row.applied), dict(row.planned)
    for number, name in enumerate(SERVICE_NAMES):
        await job.progress(number, len(SERVICE_NAMES) + 1, f"erasing in {name}")
        if name not in done:
            told = await _service(job, name, subjects, apply=True)
            # Who was killed between erasing and telling has erased what was planned, and finds nothing now.
            done[name] = told or planned.get(name, {})
            await _note(job, erasure_id, done)
    await delete_files(job, subjects)
    await _move(job, erasure_id, {"state": ErasureState.APPLIED.value})
    return None


async def _service(job: JobContext, name: str, subjects: Subjects, *, apply: bool) -> dict[str, Any]:
    """Erase in one service; give what it says by table."""
    found: dict[str, Any] = {}
    for of in subjects.each():
        for table, told in (await _erase(job, name, of, apply=apply)).items():
            before = found.get(table, {"rows": 0, "samples": []})
            samples = [*before["samples"], *(one for one in told["samples"] if one not in before["samples"])][:5]
            found[table] = {"rows": before["rows"] + told["rows"], "samples": samples}
    return found


async def _erase(job: JobContext, name: str, of: Of, *, apply: bool) -> dict[str, Any]:
    if name != "districts":
        return await _ask(job, name, of, apply=apply)
    found: dict[str, Any] = {}
    with suppress(Undone):
        async with job.unit() as unit:
            found = await erase_here(unit, of)
            if not apply:
                raise Undone
    return found


async def _ask(job: JobContext, name: str, of: Of, *, apply: bool) -> dict[str, Any]:
    asked = {
        "district_id": str(job.district_id), "people": [str(one) for one in of.people], "kind": of.kind,
        "before": of.before.isoformat() if of.before else None, "apply": apply, "client_id": job.who.client_id,
    }  # fmt: skip
    answer = await job.runtime.peers[name].post(f"/internal/{name}/personal-data/erase", json=asked)
    found: dict[str, Any] = checked(answer).json()
    return found


async def _note(job: JobContext, erasure_id: UUID, done: dict[str, Any]) -> None:
    async with job.unit() as unit:
        row = await get_erasure(unit, erasure_id, lock=True)
        touch(unit, row, {"applied": dict(done)})


async def _move(job: JobContext, erasure_id: UUID, values: dict[str, Any]) -> None:
    async with job.unit() as unit:
        row = await get_erasure(unit, erasure_id, lock=True)
        _announced(unit, row, values)
        await unit.session.flush()
        await job.succeed(unit, {"erasure_id": str(erasure_id), "state": row.state})


async def tell(unit: Unit, args: Mapping[str, Any], state: JobState, problem: Problem) -> None:
    row = await get_erasure(unit, UUID(args["erasure_id"]), lock=True)
    if state != JobState.QUEUED:
        _announced(unit, row, {"state": ErasureState.FAILED.value, "problem": problem})
    else:
        _announced(unit, row, {"state": ErasureState.PLANNING.value, "problem": None}, "requested")


async def tell_applying(unit: Unit, args: Mapping[str, Any], state: JobState, problem: Problem) -> None:
    row = await get_erasure(unit, UUID(args["erasure_id"]), lock=True)
    if state != JobState.QUEUED:
        _announced(unit, row, {"state": ErasureState.FAILED.value, "problem": problem})
        return
    if row.subject == ErasureSubject.PERSON and row.person_id is not None:
        await check_not_held(unit, await ids_of(unit, row.person_id))  # there may be a hold since
    _announced(unit, row, {"state": ErasureState.APPLYING.value, "problem": None}, "accepted")


def _announced(unit: Unit, row: Erasure, values: dict[str, Any], verb: str | None = None) -> None:
    changed = touch(unit, row, values)
    announce(unit, f"erasure.{verb or row.state}", "erasures", row, told_of(row), changed)


def told_of(row: Erasure) -> dict[str, Any]:
    return {"id": row.id, "version": row.version, "archived": False, "state": row.state}

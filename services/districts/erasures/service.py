from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.districts.data_exports.records import ids_of
from services.districts.erasures.errors import ErasureNotPlanned
from services.districts.erasures.models import Erasure
from services.districts.erasures.records import check_not_held, get_erasure
from services.districts.erasures.rules import ErasureState, ErasureSubject, possible
from services.districts.erasures.running import APPLY_JOB, PLAN_JOB, told_of
from services.districts.erasures.schemas import ErasureAsk
from services.districts.people.models import Person
from services.districts.retention.service import get_rules
from shared.clock import new_id
from shared.errors import FieldError, Invalid
from shared.jobs.starting import start_job
from shared.runtime import Runtime
from shared.units import Unit
from shared.writes import announce, check_version, show, touch


async def ask(unit: Unit, runtime: Runtime, given: ErasureAsk) -> Erasure:
    """Queue the plan of an erasure, or give the one being made. Nothing is erased before somebody applies it."""
    years: dict[str, Any] = {}
    if given.person_id is not None:
        await _check_person(unit, given.person_id)
    else:
        years = (await get_rules(unit)).years
        unit.answer.headers.pop("ETag")
    erasure_id = new_id()
    about = given.model_dump(mode="json") | {"years": years}
    job = await start_job(unit, runtime.queue, PLAN_JOB, {"erasure_id": str(erasure_id)}, unique_by=about)
    unit.answer.headers["Location"] = f"/v1/erasures/{job.args['erasure_id']}"
    if job.args["erasure_id"] != str(erasure_id):
        return show(unit, await get_erasure(unit, UUID(job.args["erasure_id"])))
    row = Erasure(
        district_id=unit.district_id, id=erasure_id, created_at=unit.now, updated_at=unit.now, job_id=job.id,
        subject=given.subject.value, person_id=given.person_id, reason=given.reason.value, reference=given.reference,
        state=ErasureState.PLANNING.value, years=years, requested_by=unit.who.client_id,
    )  # fmt: skip
    unit.session.add(row)
    announce(unit, "erasure.requested", "erasures", row, told_of(row), ("state",))
    return show(unit, row)


async def apply(unit: Unit, runtime: Runtime, erasure_id: UUID) -> Erasure:
    """Say yes to the plan that the If-Match names; the erasing itself is a job."""
    row = await _planned(unit, erasure_id)
    if row.subject == ErasureSubject.PERSON and row.person_id is not None:
        await check_not_held(unit, await ids_of(unit, row.person_id))
    job = await start_job(unit, runtime.queue, APPLY_JOB, {"erasure_id": str(row.id)})
    values = {
        "state": ErasureState.APPLYING.value, "job_id": job.id, "applied_by": unit.who.client_id,
        "applied_at": unit.now,
    }  # fmt: skip
    announce(unit, "erasure.accepted", "erasures", row, told_of(row), touch(unit, row, values))
    return show(unit, row)


async def cancel(unit: Unit, erasure_id: UUID) -> Erasure:
    row = await _planned(unit, erasure_id)
    changed = touch(unit, row, {"state": ErasureState.CANCELLED.value})
    announce(unit, "erasure.cancelled", "erasures", row, told_of(row), changed)
    return show(unit, row)


async def _planned(unit: Unit, erasure_id: UUID) -> Erasure:
    row = await get_erasure(unit, erasure_id, lock=True)
    if row.state != ErasureState.PLANNED:
        raise ErasureNotPlanned(f"this erasure is {row.state}", state=row.state, possible=possible(row.state))
    check_version(unit, row.version)
    return row


async def _check_person(unit: Unit, person_id: UUID) -> None:
    someone = select(Person.id).where(col(Person.district_id) == unit.district_id, col(Person.id) == person_id)
    if (await unit.session.execute(someone)).first() is None:
        raise Invalid(errors=[FieldError("#/person_id", "unknown", "is nobody in this district")])
    await check_not_held(unit, await ids_of(unit, person_id))

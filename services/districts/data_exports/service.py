from uuid import UUID

from sqlmodel import col, select

from services.districts.data_exports.models import DataExport
from services.districts.data_exports.records import of_job
from services.districts.data_exports.rules import DataExportState
from services.districts.data_exports.running import JOB, told
from services.districts.people.models import Person
from shared.access.policies import EXPORTS_ANYBODY
from shared.clock import new_id
from shared.errors import Forbidden, NotFound
from shared.jobs.starting import start_job
from shared.runtime import Runtime
from shared.units import Unit
from shared.writes import announce, show


async def ask(unit: Unit, runtime: Runtime, person_id: UUID) -> DataExport:
    """Queue the download of everything about a person: for that person, or for a machine that may take anybody's."""
    person = unit.who.person
    if person is not None and not person.is_one_of(person_id):
        raise NotFound
    if person is None and not unit.who.has(EXPORTS_ANYBODY):
        raise Forbidden(f"act for the person, or have the scope {EXPORTS_ANYBODY}", scopes=[EXPORTS_ANYBODY])
    staff = select(Person.id).where(
        col(Person.district_id) == unit.district_id, col(Person.id) == person_id, col(Person.is_staff)
    )
    own = person.id if person is not None else person_id
    if person is None and (await unit.session.execute(staff)).first() is None:
        raise NotFound
    export_id = new_id()
    about = {"person_id": own, "asked_by": person and person.id}  # who acts follows a job of the person's own
    job = await start_job(unit, runtime.queue, JOB, {"export_id": str(export_id)}, unique_by=about)
    unit.answer.headers["Location"] = f"/v1/data-exports/{job.args['export_id']}"
    if job.args["export_id"] != str(export_id):
        return show(unit, await of_job(unit, UUID(job.args["export_id"])))
    row = DataExport(
        district_id=unit.district_id, id=export_id, created_at=unit.now, updated_at=unit.now, person_id=own,
        job_id=job.id, state=DataExportState.QUEUED.value,
    )  # fmt: skip
    unit.session.add(row)
    announce(unit, "data_export.requested", "data-exports", row, told(row), ("state",))
    return show(unit, row)

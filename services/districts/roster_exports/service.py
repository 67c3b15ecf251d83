from uuid import UUID

from services.districts.roster_exports.models import RosterExport
from services.districts.roster_exports.records import get_export
from services.districts.roster_exports.rules import ExportState, scopes_of
from services.districts.roster_exports.running import JOB, told
from services.districts.roster_exports.schemas import RosterExportAsk
from shared.clock import new_id
from shared.errors import FieldError, Forbidden, Invalid
from shared.jobs.starting import start_job
from shared.runtime import Runtime
from shared.units import Unit
from shared.writes import announce, show


async def ask(unit: Unit, runtime: Runtime, given: RosterExportAsk) -> RosterExport:
    """Queue an export, or give the one that is being written by the same wishes."""
    check_scopes(unit, given)
    if given.since is not None and given.since > unit.now:
        raise Invalid(errors=[FieldError("#/since", "future", "must not lie in the future")])
    export_id = new_id()
    wishes = given.model_dump(mode="json")
    job = await start_job(unit, runtime.queue, JOB, {"export_id": str(export_id)}, unique_by=wishes)
    unit.answer.headers["Location"] = f"/v1/roster-exports/{job.args['export_id']}"
    if job.args["export_id"] != str(export_id):
        return show(unit, await get_export(unit, UUID(job.args["export_id"])))
    row = RosterExport(
        district_id=unit.district_id, id=export_id, created_at=unit.now, updated_at=unit.now, job_id=job.id,
        state=ExportState.QUEUED.value, oneroster_version=given.oneroster_version, since=given.since,
        has_gradebook=given.has_gradebook, has_demographics=given.has_demographics,
    )  # fmt: skip
    unit.session.add(row)
    announce(unit, "roster_export.requested", "roster-exports", row, told(row), ("state",))
    return show(unit, row)


def check_scopes(unit: Unit, wishes: RosterExportAsk | RosterExport) -> None:
    """Refuse students' results, and what is told of their origin, to whoever may not read them one by one."""
    for scope in scopes_of(has_gradebook=wishes.has_gradebook, has_demographics=wishes.has_demographics):
        if not unit.who.has(scope):
            raise Forbidden(f"with that in it the token needs the scope {scope}", scopes=[scope])

from services.districts.roster_exports.models import RosterExport
from services.districts.roster_exports.rules import ExportState
from services.districts.roster_exports.running import JOB, told
from services.districts.roster_exports.schemas import RosterExportAsk
from shared.clock import new_id
from shared.errors import FieldError, Invalid
from shared.jobs.starting import start_job
from shared.runtime import Runtime
from shared.units import Unit
from shared.writes import announce, show


async def ask(unit: Unit, runtime: Runtime, given: RosterExportAsk) -> RosterExport:
    """Queue an export."""
    if given.since is not None and given.since > unit.now:
        raise Invalid(errors=[FieldError("#/since", "future", "must not lie in the future")])
    export_id = new_id()
    job = await start_job(unit, runtime.queue, JOB, {"export_id": str(export_id)})
    row = RosterExport(
        district_id=unit.district_id, id=export_id, created_at=unit.now, updated_at=unit.now, job_id=job.id,
        state=ExportState.QUEUED.value, oneroster_version=given.oneroster_version, since=given.since,
    )  # fmt: skip
    unit.session.add(row)
    announce(unit, "roster_export.requested", "roster-exports", row, told(row), ("state",))
    unit.answer.headers["Location"] = f"/v1/roster-exports/{row.id}"
    return show(unit, row)

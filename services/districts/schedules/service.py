from uuid import UUID

from services.districts.roster_sources.records import get_source
from services.districts.schedules import records
from services.districts.schedules.errors import ScheduleArchived
from services.districts.schedules.models import Schedule
from services.districts.schedules.records import tell
from services.districts.schedules.running import start_run
from services.districts.schedules.schemas import PullRoster, ScheduleWrite
from services.districts.schedules.tasks import check_scopes
from shared.errors import FieldError, Invalid, NotFound
from shared.runtime import Runtime
from shared.units import Unit
from shared.writes import archive_row, put_row, repeated, show, stored_row


async def put(unit: Unit, schedule_id: UUID, given: ScheduleWrite) -> Schedule:
    """Say what is to be done when. Whoever says it must be one who may do it by hand."""
    said = given.model_dump(mode="json") | {"client_id": unit.who.client_id}
    stored = await stored_row(unit, Schedule, records.visible_to(unit.who), schedule_id)
    if done := repeated(unit, stored, said):
        return done
    if stored is not None and stored.archived_at is not None:
        raise ScheduleArchived
    check_scopes(unit.who.scopes, said["task"])
    if isinstance(given.task, PullRoster):
        await _check_source(unit, given.task.source_id)
    row, changed = await put_row(unit, Schedule, schedule_id, stored, said)
    await records.plan(unit, row)
    tell(unit, row, changed)
    return row


async def _check_source(unit: Unit, source_id: UUID) -> None:
    try:
        source = await get_source(unit, source_id)
    except NotFound:
        source = None
    if source is None or source.archived_at is not None:
        raise Invalid(errors=[FieldError("#/task/source_id", "unknown", "is no roster source that is asked")])


async def run_now(unit: Unit, runtime: Runtime, schedule_id: UUID) -> Schedule:
    """Run it besides: its next run stays where it is."""
    row = await records.get_schedule(unit, schedule_id, lock=True)
    if row.archived_at is not None:
        raise ScheduleArchived
    check_scopes(unit.who.scopes, row.task)
    job = await start_run(unit, runtime, row)
    unit.audit("schedule_run.requested", "schedules", row.id)
    unit.answer.headers["Location"] = f"/v1/jobs/districts/{job.id}"
    return show(unit, row)


async def archive(unit: Unit, schedule_id: UUID) -> Schedule:
    row = await records.get_schedule(unit, schedule_id, lock=True)
    changed = archive_row(unit, row)
    row.next_run_at = None
    tell(unit, row, changed)
    return row

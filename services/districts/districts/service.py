from pydantic import TypeAdapter
from sqlmodel import col, select

from services.districts.districts.models import District
from services.districts.districts.schemas import SettingsPatch
from services.districts.schedules.records import plan_those_of_the_district
from shared.clock import new_id
from shared.database import Database
from shared.errors import NotFound
from shared.jobs.queue import Queue
from shared.jobs.starting import start_job
from shared.units import Unit
from shared.wire import Name
from shared.writes import announce, change_row

RENAME = "oneroster.rename"
_NAME: TypeAdapter[str] = TypeAdapter(Name)


async def create_district(database: Database, name: str) -> District:
    """Make a district. Only the command does so: no client could belong to one that is not there yet."""
    name = _NAME.validate_python(name)
    district_id = new_id()
    async with database.unit(district_id) as unit:
        made = District(district_id=district_id, id=district_id, name=name, created_at=unit.now, updated_at=unit.now)
        unit.session.add(made)
        announce(unit, "district.created", "districts", made, {"id": made.id, "name": name}, ("name",))
    return made


async def require_district(unit: Unit, *, lock: bool = False) -> District:
    statement = select(District).where(
        col(District.district_id) == unit.district_id, col(District.id) == unit.district_id
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = (await unit.session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"there is no district {unit.district_id}")
    return found


async def change_settings(unit: Unit, queue: Queue, patch: SettingsPatch) -> District:
    """Change what a patch says; another primary source is brought about by a job."""
    row = await require_district(unit, lock=True)
    changed = await change_row(unit, row, patch.model_dump(exclude_unset=True))
    if "primary_source" in changed:
        row.renaming_job_id = (await start_job(unit, queue, RENAME, {})).id
    if "time_zone" in changed:
        await unit.session.flush()
        await plan_those_of_the_district(unit)
    return announced(unit, row, changed)


def announced(unit: Unit, row: District, changed: tuple[str, ...]) -> District:
    state = {"id": row.id, "version": row.version, "archived": False, "name": row.name, "time_zone": row.time_zone}
    announce(unit, "district.changed", "districts", row, state, changed)
    return row

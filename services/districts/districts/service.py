from pydantic import TypeAdapter
from sqlalchemy import select

from services.districts.districts.models import District
from shared.clock import new_id
from shared.database import Database
from shared.errors import NotFound
from shared.units import Unit
from shared.wire import Name
from shared.writes import announce

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


async def require_district(unit: Unit) -> District:
    statement = select(District).where(District.district_id == unit.district_id, District.id == unit.district_id)  # type: ignore[arg-type]
    found = (await unit.session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"there is no district {unit.district_id}")
    return found

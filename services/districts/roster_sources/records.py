"""What the jobs read of the sources; apart from the lists, so that no worker loads HTTP."""

from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.roster_sources.models import RosterSource
from shared.access.policies import ROSTER_SOURCES
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.units import Unit
from shared.writes import load


def visible_to(who: Principal) -> Select[RosterSource]:
    return select(RosterSource).where(
        col(RosterSource.district_id) == who.district_id, allowed(ROSTER_SOURCES, who, Columns(RosterSource))
    )


async def get_source(unit: Unit, source_id: UUID, *, lock: bool = False) -> RosterSource:
    return await load(unit, visible_to(unit.who).where(col(RosterSource.id) == source_id), lock=lock)

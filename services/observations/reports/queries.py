from sqlalchemy import Select, func
from sqlmodel import col, select

from services.observations.observations.models import Observation
from services.observations.reports.models import ObservationReport
from shared.access.principals import Principal
from shared.units import Unit


def reports_of(who: Principal, observation: Observation) -> Select[ObservationReport]:
    """The reports of one observation whose content is the caller's to read."""
    return select(ObservationReport).where(
        col(ObservationReport.district_id) == who.district_id, col(ObservationReport.observation_id) == observation.id
    )


async def last_number(unit: Unit, observation: Observation) -> int:
    mine = reports_of(unit.who, observation).with_only_columns(func.max(col(ObservationReport.number)))
    return (await unit.session.execute(mine)).scalar_one() or 0

from uuid import UUID

from sqlmodel import col

from services.observations.evidence_packages.queries import published
from services.observations.observations.models import Observation
from services.observations.observations.queries import visible_to
from services.observations.totals.rules import total_of
from services.observations.totals.schemas import TotalRead
from shared.access.policy import Action
from shared.units import Unit
from shared.writes import load


async def get_total(unit: Unit, observation_id: UUID) -> TotalRead:
    statement = visible_to(unit.who, Action.READ).where(col(Observation.id) == observation_id)
    row = await load(unit, statement)
    version = row.framework_version_id
    content = await published(unit, version) if version else {"domains": [], "look_fors": []}
    return total_of(row.id, version, content, row.scores)

from uuid import UUID

from sqlmodel import col

from services.observations.observations.models import Observation
from services.observations.observations.queries import nearest_self_observation, visible_to
from services.observations.observations.rules import Purpose
from services.observations.self_gaps.rules import gap_of
from services.observations.self_gaps.schemas import SelfGapRead
from shared.access.policy import Action
from shared.errors import NotFound
from shared.units import Unit
from shared.writes import load


async def get_gap(unit: Unit, observation_id: UUID) -> SelfGapRead:
    """Compare with the self-observation that lies nearest. It is the teacher's: another reads it once she shared it.

    What she says of herself never enters an evaluation, hence beside one only she sees it.
    """
    statement = visible_to(unit.who, Action.READ).where(col(Observation.id) == observation_id)
    row = await load(unit, statement)
    is_hers = unit.who.acts_as(row.teacher_id)
    if not is_hers and (unit.who.person is None or row.purpose == Purpose.EVALUATION):
        raise NotFound
    own = await nearest_self_observation(unit, row, shared_only=not is_hers)
    return gap_of(row.id, row.scores, own.id if own else None, own.scores if own else [])

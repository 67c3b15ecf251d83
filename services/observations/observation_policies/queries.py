from sqlalchemy import Select
from sqlmodel import col, select

from services.observations.observation_policies.models import ObservationPolicy
from shared.access.policies import OBSERVATION_POLICY
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal


def visible_to(who: Principal) -> Select[ObservationPolicy]:
    """By which rules one is observed is for everybody of the district to see."""
    return select(ObservationPolicy).where(
        col(ObservationPolicy.district_id) == who.district_id,
        allowed(OBSERVATION_POLICY, who, Columns(ObservationPolicy)),
    )

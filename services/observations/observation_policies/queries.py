from sqlalchemy import Select
from sqlmodel import col, select

from services.observations.observation_policies.models import ObservationPolicy
from shared.access.policies import OBSERVATION_POLICY
from shared.access.policy import Columns, allowed
from shared.access.principals import ActingPerson, Principal
from shared.units import Unit


def visible_to(who: Principal) -> Select[ObservationPolicy]:
    """By which rules one is observed is for everybody of the district to see."""
    return select(ObservationPolicy).where(
        col(ObservationPolicy.district_id) == who.district_id,
        allowed(OBSERVATION_POLICY, who, Columns(ObservationPolicy)),
    )


async def leads_district(unit: Unit, person: ActingPerson) -> bool:
    return bool(
        await unit.connection.fetchval(
            """select exists (select from observations.copied_orgs
                              where district_id = $1 and parent_id is null and id = any ($2))""",
            unit.district_id,
            list(person.led_orgs),
        )
    )

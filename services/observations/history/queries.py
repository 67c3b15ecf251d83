from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.observations.history.models import ObservationChange
from services.observations.observations.models import Observation
from shared.access.principals import Principal
from shared.units import Unit


def changes_of(who: Principal, observation: Observation) -> Select[ObservationChange]:
    """The changes of one observation, which the caller has loaded within what she sees."""
    return select(ObservationChange).where(
        col(ObservationChange.district_id) == who.district_id, col(ObservationChange.observation_id) == observation.id
    )


async def changes_since(unit: Unit, observation: Observation, version: int) -> list[ObservationChange]:
    """Give the changes that made versions after this one, in order."""
    statement = changes_of(unit.who, observation).where(col(ObservationChange.version) > version)
    return list((await unit.session.execute(statement.order_by(col(ObservationChange.version)))).scalars())


async def changes_of_all(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, list[ObservationChange]]:
    """Give the changes of several observations that the caller has loaded."""
    statement = select(ObservationChange).where(
        col(ObservationChange.district_id) == unit.district_id, col(ObservationChange.observation_id).in_(ids)
    )
    found: dict[UUID, list[ObservationChange]] = {id_: [] for id_ in ids}
    for change in (await unit.session.execute(statement.order_by(col(ObservationChange.version)))).scalars():
        found[change.observation_id].append(change)
    return found

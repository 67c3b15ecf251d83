"""The observation to which something is added: evidence, a claim, a file. Held, so that it is not locked in between."""

from uuid import UUID

from sqlmodel import col

from services.observations.observations.access import check_mover, withheld
from services.observations.observations.errors import ObservationFixed
from services.observations.observations.models import Observation
from services.observations.observations.queries import visible_to
from services.observations.observations.rules import ENDED, State
from shared.errors import FieldError, Forbidden, Invalid
from shared.units import Unit

_FIXED = frozenset({State.LOCKED, *ENDED})


async def held_for_both(unit: Unit, observation_id: UUID) -> Observation:
    """Give it to whoever may add what they have: its observer, and the observed once it is shared."""
    row = await _held(unit, observation_id)
    if not unit.who.acts_as(row.observer_id, row.teacher_id) or withheld(unit.who, row) is not None:
        raise Forbidden("this is added by the observer, and by the observed once it is shared")
    return _open(row)


async def held_for_observer(unit: Unit, observation_id: UUID) -> Observation:
    """Give it to the one whose record it is."""
    row = await _held(unit, observation_id)
    check_mover(unit.who, row, None)
    return _open(row)


async def _held(unit: Unit, observation_id: UUID) -> Observation:
    statement = visible_to(unit.who).where(col(Observation.id) == observation_id)
    row = (await unit.session.execute(statement.with_for_update(read=True))).scalar_one_or_none()
    if row is None:
        raise Invalid(errors=[FieldError("#/observation_id", "unknown", "is no observation that you see")])
    return row


def _open(row: Observation) -> Observation:
    if row.state in _FIXED:
        raise ObservationFixed(state=row.state)
    return row

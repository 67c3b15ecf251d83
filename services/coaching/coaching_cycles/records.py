"""Rows that an erasure has changed, to be told anew; apart from the lists, so that no worker loads HTTP."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.coaching.coaching_cycles.models import CoachingCycle
from shared.units import Unit


async def find_anew(unit: Unit, ids: Sequence[UUID]) -> Sequence[CoachingCycle]:
    """Give the rows as they are now, whatever the session knew of them."""
    statement = select(CoachingCycle).where(
        col(CoachingCycle.district_id) == unit.district_id, col(CoachingCycle.id).in_(list(ids))
    )
    return (await unit.session.execute(statement.execution_options(populate_existing=True))).scalars().all()

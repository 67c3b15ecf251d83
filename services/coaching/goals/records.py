"""Rows that an erasure has changed, to be told anew; apart from the lists, so that no worker loads HTTP."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.coaching.goals.models import Goal
from shared.units import Unit


async def find_anew(unit: Unit, ids: Sequence[UUID]) -> Sequence[Goal]:
    """Give the rows as they are now, whatever the session knew of them."""
    statement = select(Goal).where(col(Goal.district_id) == unit.district_id, col(Goal.id).in_(list(ids)))
    return (await unit.session.execute(statement.execution_options(populate_existing=True))).scalars().all()

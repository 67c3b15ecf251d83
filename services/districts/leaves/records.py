"""Rows that an erasure has changed, to be told anew; apart from the lists, so that no worker loads HTTP."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.districts.leaves.models import Leave
from shared.units import Unit


async def find_anew(unit: Unit, ids: Sequence[UUID]) -> Sequence[Leave]:
    """Give the rows as they are now, whatever the session knew of them."""
    statement = select(Leave).where(col(Leave.district_id) == unit.district_id, col(Leave.id).in_(list(ids)))
    return (await unit.session.execute(statement.execution_options(populate_existing=True))).scalars().all()

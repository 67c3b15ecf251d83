"""To whom it is told that somebody is on leave. Everybody else is told what would be so if nobody were."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

from services.observations.staff.models import CopiedStaffAssignment
from services.observations.tables import Table
from shared.access.policies import LEAVES_OF_TEACHERS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.access.staffing import staff_of
from shared.units import Unit


def tells_leaves(who: Principal, model: Any) -> ColumnElement[bool]:
    """Say of each row of a table whether leaves of its teacher are told to the one who asks."""
    return allowed(LEAVES_OF_TEACHERS, who, Columns(model, staff=_administered(who)))


async def told_of_leaves(unit: Unit, model: Any, rows: Sequence[Any]) -> set[UUID]:
    """Give which of these rows are of teachers whose leaves are told."""
    asked: Any = select(model.id).where(
        model.district_id == unit.district_id, model.id.in_([row.id for row in rows]), tells_leaves(unit.who, model)
    )
    return set((await unit.session.execute(asked)).scalars()) if rows else set()


def _administered(who: Principal) -> Select[UUID] | None:
    """Select who is staff today, by a relationship or an assignment, where the person is an administrative leader."""
    if who.person is None or not who.person.administered_orgs:
        return None
    return staff_of(Table.metadata, "observations", who, who.person.administered_orgs, CopiedStaffAssignment)

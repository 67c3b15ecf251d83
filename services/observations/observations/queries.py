from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, and_, func
from sqlalchemy.orm import defer
from sqlmodel import col, select

from services.observations.observations.models import Observation
from services.observations.observations.rendering import CONTENT
from services.observations.observations.rules import OWED, State
from services.observations.observations.schemas import ObservationQuery
from shared.access.matching import matching
from shared.access.policies import OBSERVATIONS
from shared.access.policy import Action, Columns, Policy, allowed
from shared.access.principals import Principal
from shared.paging import filtered
from shared.units import Unit

_JSON = ("script", "scores", "look_fors", "feedback", "class_snapshot")


def visible_to(who: Principal, action: Action = Action.SEE) -> Select[Observation]:
    """Select what the one who asks may know of, or read the content of."""
    return readable(who, OBSERVATIONS, action)


def readable(who: Principal, policy: Policy, action: Action = Action.SEE) -> Select[Observation]:
    """Select by this noun's policy, or by that of a view of it."""
    return select(Observation).where(
        col(Observation.district_id) == who.district_id, allowed(policy, who, Columns(Observation), action)
    )


def parents_of(who: Principal) -> dict[tuple[str, Action], Select[Any]]:
    """Give what a noun that hangs on an observation asks of it: that its content is the caller's to read."""
    return {("observation", Action.READ): visible_to(who, Action.READ).with_only_columns(col(Observation.id))}


_EQUAL = (
    "teacher_id", "observer_id", "school_id", "framework_version_id", "purpose", "type", "subject", "lane", "state",
    "class_id",
)  # fmt: skip


def found(unit: Unit, query: ObservationQuery) -> Select[Observation]:
    statement: Any = filtered(visible_to(unit.who), Observation, query)
    statement = matching(statement, Observation, unit.district_id, query, _EQUAL)
    for kept, value in (("subjects", query.content_area), ("grades", query.grade)):
        if value is not None:
            statement = statement.where(col(Observation.class_snapshot).contains({kept: [value]}))
    statement = observed_within(statement, query.observed_from, query.observed_before)
    if query.feedback_overdue is not None:
        statement = statement.where(_overdue(unit) if query.feedback_overdue else ~_overdue(unit))
    if not query.content:
        statement = statement.options(*(defer(getattr(Observation, name), raiseload=True) for name in CONTENT))
    found: Select[Observation] = statement
    return found


def observed_within(statement: Any, begin: datetime | None, before: datetime | None) -> Any:
    if begin is not None:
        statement = statement.where(col(Observation.observed_at) >= begin)
    return statement if before is None else statement.where(col(Observation.observed_at) < before)


def _overdue(unit: Unit) -> ColumnElement[bool]:
    waiting = col(Observation.state).in_([State.IN_PROGRESS.value, State.SUBMITTED.value])
    owed = col(Observation.purpose).in_([purpose.value for purpose in OWED])
    due = col(Observation.feedback_due_at)
    return and_(waiting, owed, due.is_not(None), due < unit.now)


async def stored(unit: Unit, observation_id: UUID) -> Observation | None:
    """Load one row on a unit without a session. Whether it is the caller's to see is still to be asked."""
    found = await unit.connection.fetchrow(
        "select * from observations.observations where district_id = $1 and id = $2", unit.district_id, observation_id
    )
    if found is None:
        return None
    return Observation.model_construct(**{name: _plain(name, value) for name, value in found.items()})


def _plain(name: str, value: Any) -> Any:
    """Give what the session would: JSON read, and the driver's own kind of UUID as ours, which orjson knows."""
    if isinstance(value, UUID):
        return UUID(int=value.int)
    return orjson.loads(value) if name in _JSON and value is not None else value


async def of_visit(unit: Unit, visit_id: UUID) -> list[Observation]:
    """Give all ratings of a visit; who may see them is said by the visit."""
    statement = select(Observation).where(
        col(Observation.district_id) == unit.district_id, col(Observation.visit_id) == visit_id
    )
    return list((await unit.session.execute(statement.order_by(col(Observation.id)))).scalars())


async def nearest_self_observation(unit: Unit, row: Observation, *, shared_only: bool) -> Observation | None:
    """Give the self-observation of the same teacher and framework version that lies nearest in time."""
    statement = select(Observation).where(
        col(Observation.district_id) == unit.district_id,
        col(Observation.type) == "self",
        col(Observation.teacher_id) == row.teacher_id,
        col(Observation.framework_version_id) == row.framework_version_id,
        col(Observation.submitted_at).is_not(None),
        col(Observation.state).not_in(["cancelled", "voided"]),
    )
    if shared_only:
        statement = statement.where(col(Observation.shared_at).is_not(None))
    apart = func.abs(func.extract("epoch", col(Observation.observed_at) - row.observed_at))
    rows = (await unit.session.execute(statement.order_by(apart, col(Observation.id)).limit(1))).scalars()
    return rows.one_or_none()


async def of_ids(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, Observation]:
    """Give rows by id to ourselves, who see all of the district."""
    statement = visible_to(unit.who).where(col(Observation.id).in_(ids))
    return {row.id: row for row in (await unit.session.execute(statement)).scalars()}

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func
from sqlmodel import col

from services.observations.lane_balances.schemas import LaneBalanceQuery
from services.observations.observations.models import Observation
from services.observations.observations.queries import observed_within
from services.observations.observations.queries import visible_to as visible_observations
from services.observations.observations.rules import Lane, Purpose
from shared.access.matching import matching
from shared.access.policies import LANE_BALANCES
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.units import Unit

TEACHER: Any = col(Observation.teacher_id)


def contacts_of(who: Principal) -> Select[Observation]:
    """Contacts that count, of those whose balance is the caller's business."""
    return visible_observations(Principal(who.district_id, who.client_id, who.scopes)).where(
        allowed(LANE_BALANCES, who, Columns(Observation)),
        col(Observation.observed_at).is_not(None),
        col(Observation.state).not_in(["cancelled", "voided"]),
        col(Observation.rating_kind) == "live",
        col(Observation.type) != "self",
        col(Observation.purpose) != Purpose.RESEARCH.value,
    )


async def balances(unit: Unit, query: LaneBalanceQuery, after: UUID | None) -> Sequence[Row[Any]]:
    """Give a page and one more, in the order of ids, which ranks nobody."""
    statement = _found(unit, query)
    if after is not None:
        statement = statement.where(after < TEACHER)
    shared = col(Observation.shared_at).is_not(None)
    counts = [_count(lane) for lane in Lane] + [_count(lane, shared) for lane in Lane]
    statement = statement.with_only_columns(TEACHER, *counts).group_by(TEACHER).order_by(TEACHER)
    return (await unit.session.execute(statement.limit(query.limit + 1))).all()


async def count_teachers(unit: Unit, query: LaneBalanceQuery) -> int:
    statement = _found(unit, query).with_only_columns(func.count(TEACHER.distinct()))
    return int((await unit.session.execute(statement)).scalar_one())


def _found(unit: Unit, query: LaneBalanceQuery) -> Any:
    statement: Any = observed_within(contacts_of(unit.who), query.observed_from, query.observed_before)
    return matching(statement, Observation, unit.district_id, query, ("teacher_id", "school_id"))


def _count(lane: Lane, *more: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(col(Observation.lane) == lane.value, *more)

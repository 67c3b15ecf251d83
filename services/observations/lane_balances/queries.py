from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, or_
from sqlmodel import col

from services.observations.lane_balances.schemas import LaneBalanceQuery
from services.observations.observations.models import Observation
from services.observations.observations.queries import visible_to as visible_observations
from services.observations.observations.rules import Lane, Purpose
from shared.access.policies import EVALUATES, GROWTH
from shared.access.principals import ActingPerson, Principal
from shared.units import Unit

TEACHER: Any = col(Observation.teacher_id)


def contacts_of(who: Principal) -> Select[Observation]:
    """Contacts that count, of those whose balance is the caller's business: her own, or of whom she leads or supports.

    How much of both somebody gets is no content: who supports her sees the whole of it, not only her own part.
    """
    every = visible_observations(Principal(who.district_id, who.client_id, who.scopes)).where(
        col(Observation.observed_at).is_not(None),
        col(Observation.state).not_in(["cancelled", "voided"]),
        col(Observation.rating_kind) == "live",
        col(Observation.type) != "self",
        col(Observation.purpose) != Purpose.RESEARCH.value,
    )
    return every if who.person is None else every.where(_business_of(who.person))


def _business_of(person: ActingPerson) -> ColumnElement[bool]:
    return or_(
        TEACHER.in_(person.ids),
        TEACHER.in_(person.supports(*GROWTH, *EVALUATES)),
        col(Observation.school_id).in_(person.led_orgs),
    )


async def balances(unit: Unit, query: LaneBalanceQuery, after: UUID | None) -> Sequence[Row[Any]]:
    """Give a page and one more, in the order of ids, which ranks nobody."""
    statement: Any = contacts_of(unit.who)
    for name in ("teacher_id", "school_id"):
        value = getattr(query, name)
        if value is not None:
            statement = statement.where(getattr(Observation, name) == value)
    if query.observed_from is not None:
        statement = statement.where(col(Observation.observed_at) >= query.observed_from)
    if query.observed_before is not None:
        statement = statement.where(col(Observation.observed_at) < query.observed_before)
    if after is not None:
        statement = statement.where(after < TEACHER)
    shared = col(Observation.shared_at).is_not(None)
    counts = [_count(lane) for lane in Lane] + [_count(lane, shared) for lane in Lane]
    statement = statement.with_only_columns(TEACHER, *counts).group_by(TEACHER).order_by(TEACHER)
    return (await unit.session.execute(statement.limit(query.limit + 1))).all()


async def count_teachers(unit: Unit, query: LaneBalanceQuery) -> int:
    return len(await balances(unit, query.model_copy(update={"limit": 1_000_000, "after": None}), None))


def _count(lane: Lane, *more: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(col(Observation.lane) == lane.value, *more)

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Text, and_, case, cast, func, literal
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlmodel import col, select

from services.observations.expectations.models import Expectation
from services.observations.expectations.schemas import (
    ExpectationQuery,
    ExpectationState,
    ExpectationSummaryQuery,
)
from services.observations.observations.models import Observation
from services.observations.observations.queries import visible_to as visible_observations
from shared.access.matching import matching
from shared.access.policies import EXPECTATIONS, LEAVES_OF_TEACHERS
from shared.access.policy import Action, Columns, allowed
from shared.access.principals import Principal
from shared.units import Unit

# Strict, or the arrays of two would be unwrapped.
_COVERS = cast("strict $[*] ? (@[0] <= $day && @[1] >= $day)", JSONPATH)


def visible_to(who: Principal) -> Select[Expectation]:
    """By the purpose of what is expected: those who may see that somebody was observed for it."""
    return select(Expectation).where(
        col(Expectation.district_id) == who.district_id, allowed(EXPECTATIONS, who, Columns(Expectation))
    )


def tells_leaves(who: Principal) -> ColumnElement[bool]:
    return allowed(LEAVES_OF_TEACHERS, who, Columns(Expectation))


def state_on(day: date, tells_leaves: ColumnElement[bool]) -> ColumnElement[str]:
    """Say in SQL what rules.state_on says of one row."""
    asked = func.least(literal(day), col(Expectation.end_date))
    covers = func.jsonb_build_object("day", cast(asked, Text))
    is_away = ~func.jsonb_path_exists(Expectation.at_work, _COVERS, covers)
    return case(
        (and_(tells_leaves, col(Expectation.excused).is_not(None)), ExpectationState.EXCUSED.value),
        (asked < col(Expectation.begin_date), ExpectationState.UPCOMING.value),
        (and_(tells_leaves, is_away), ExpectationState.NOT_AT_WORK.value),
        (func.jsonb_path_exists(Expectation.met, _COVERS, covers), ExpectationState.MET.value),
        (literal(day) > col(Expectation.due_date), ExpectationState.OVERDUE.value),
        else_=ExpectationState.OPEN.value,
    )


def found(who: Principal, query: ExpectationQuery | ExpectationSummaryQuery, day: date) -> Select[Expectation]:
    names = ("teacher_id", "school_id", "policy_id", "purpose")
    statement = matching(visible_to(who), Expectation, who.district_id, query, names)
    if isinstance(query, ExpectationQuery) and query.state is not None:
        statement = statement.where(state_on(day, tells_leaves(who)) == query.state.value)
    found: Select[Expectation] = statement
    return found


async def summed_up(unit: Unit, query: ExpectationSummaryQuery, day: date) -> Sequence[Row[Any]]:
    """Count by school and purpose how many stand how, and how many people are behind that."""
    state = state_on(day, tells_leaves(unit.who))
    counted = ("met", "open", "overdue")
    its: Any = Expectation
    columns = (its.school_id, its.purpose, its.teacher_id, state.label("state"))
    rows = found(unit.who, query, day).with_only_columns(*columns).subquery()
    counts = [func.count().filter(rows.c.state == one.value).label(one.value) for one in ExpectationState]
    people = func.count(rows.c.teacher_id.distinct()).filter(rows.c.state.in_(counted)).label("people")
    statement: Any = (
        select(rows.c.school_id, rows.c.purpose, people, *counts)
        .group_by(rows.c.school_id, rows.c.purpose)
        .order_by(rows.c.school_id, rows.c.purpose)
    )
    return (await unit.session.execute(statement)).all()


async def visible_among(unit: Unit, ids: Sequence[UUID], action: Action) -> set[UUID]:
    """Give which of these observations are the caller's to know of, or to read."""
    statement = visible_observations(unit.who, action).where(col(Observation.id).in_(ids))
    return set((await unit.session.execute(statement.with_only_columns(col(Observation.id)))).scalars())


async def claimed_rows(unit: Unit, ids: Iterable[UUID]) -> Sequence[Expectation]:
    """Give what is to be told: to whom, the feed decides."""
    statement = select(Expectation).where(
        col(Expectation.district_id) == unit.district_id, col(Expectation.id).in_(list(ids))
    )
    return (await unit.session.execute(statement)).scalars().all()


def schools_of(district_id: UUID) -> Select[UUID]:
    its: Any = Expectation
    return select(its.school_id).where(its.district_id == district_id).distinct()

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Row, Select, Text, case, cast, func, literal, or_
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlmodel import col, select

from services.observations.expectations.models import Expectation
from services.observations.expectations.schemas import (
    ExpectationQuery,
    ExpectationState,
    ExpectationSummaryQuery,
)
from services.observations.observations.models import Observation
from services.observations.observations.queries import visible_to as visible_observations
from services.observations.staff.telling import tells_leaves
from shared.access.matching import matching
from shared.access.policies import EXPECTATIONS
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


def state_on(day: date, tells_leaves: ColumnElement[bool]) -> ColumnElement[str]:
    """Say in SQL what rules.state_on says of one row."""
    its: Any = Expectation
    other = its.without_leaves
    is_as_told = or_(tells_leaves, other == cast("{}", JSONB))

    def told(own: Any, without: Any) -> ColumnElement[Any]:
        return case((is_as_told, own), else_=without)

    asked = func.least(literal(day), its.end_date)
    covers = func.jsonb_build_object("day", cast(asked, Text))
    at_work = told(its.at_work, other["at_work"])
    met = case((tells_leaves, its.met), else_=its.met_without_leaves)
    return case(
        (told(its.excused, other["excused"].astext).is_not(None), ExpectationState.EXCUSED.value),
        (asked < told(its.begin_date, cast(other["begin_date"].astext, Date)), ExpectationState.UPCOMING.value),
        (~func.jsonb_path_exists(at_work, _COVERS, covers), ExpectationState.NOT_AT_WORK.value),
        (func.jsonb_path_exists(met, _COVERS, covers), ExpectationState.MET.value),
        (literal(day) > told(its.due_date, cast(other["due_date"].astext, Date)), ExpectationState.OVERDUE.value),
        else_=ExpectationState.OPEN.value,
    )


def found(who: Principal, query: ExpectationQuery | ExpectationSummaryQuery, day: date) -> Select[Expectation]:
    names = ("teacher_id", "school_id", "policy_id", "purpose")
    statement = matching(visible_to(who), Expectation, who.district_id, query, names)
    if isinstance(query, ExpectationQuery) and query.state is not None:
        statement = statement.where(state_on(day, tells_leaves(who, Expectation)) == query.state.value)
    found: Select[Expectation] = statement
    return found


async def summed_up(unit: Unit, query: ExpectationSummaryQuery, day: date) -> Sequence[Row[Any]]:
    """Count by school and purpose how many stand how, and how many people are behind that."""
    state = state_on(day, tells_leaves(unit.who, Expectation))
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

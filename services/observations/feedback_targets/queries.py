from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, not_, or_
from sqlmodel import col, select

from services.observations.feedback_targets.models import FeedbackTarget
from services.observations.feedback_targets.schemas import FeedbackTargetQuery
from services.observations.staff.models import CopiedLeave
from shared.access.policies import FEEDBACK_TARGETS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered
from shared.units import Unit


def visible_to(who: Principal) -> Select[FeedbackTarget]:
    """One's own, those of whom one supports, and those at the schools that one leads."""
    return select(FeedbackTarget).where(
        col(FeedbackTarget.district_id) == who.district_id, allowed(FEEDBACK_TARGETS, who, Columns(FeedbackTarget))
    )


def is_overdue(day: date) -> ColumnElement[bool]:
    """Say in SQL what rules.state_on says of one row."""
    its: Any = FeedbackTarget
    one = func.unnest(its.given).column_valued("one")
    last = select(func.max(one)).where(one <= day).correlate(FeedbackTarget).scalar_subquery()
    away = select(CopiedLeave.id).where(
        col(CopiedLeave.district_id) == its.district_id, col(CopiedLeave.person_id) == its.teacher_id, *_on(day)
    )
    return and_(
        its.begin_date <= day,
        or_(its.end_date.is_(None), its.end_date >= day),
        func.coalesce(last, its.begin_date) + its.every_days < literal(day),
        not_(away.exists()),
    )


def found(who: Principal, query: FeedbackTargetQuery, day: date) -> Select[FeedbackTarget]:
    statement: Any = filtered(visible_to(who), FeedbackTarget, query)
    for name in ("teacher_id", "school_id"):
        if (value := getattr(query, name)) is not None:
            statement = statement.where(getattr(FeedbackTarget, name) == value)
    if query.overdue is not None:
        statement = statement.where(is_overdue(day) if query.overdue else not_(is_overdue(day)))
    found: Select[FeedbackTarget] = statement
    return found


async def away_on(unit: Unit, people: Collection[UUID], day: date) -> set[UUID]:
    statement = select(CopiedLeave.person_id).where(
        col(CopiedLeave.district_id) == unit.district_id, col(CopiedLeave.person_id).in_(people), *_on(day)
    )
    return set((await unit.session.execute(statement)).scalars())


def _on(day: date) -> tuple[ColumnElement[bool], ...]:
    end = col(CopiedLeave.end_date)
    return (
        col(CopiedLeave.archived).is_(False),
        col(CopiedLeave.begin_date) <= day,
        or_(end.is_(None), end >= day),
    )

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Integer, Select, and_, case, cast, func, literal, not_, or_, true
from sqlmodel import col, select

from services.observations.feedback_targets.models import FeedbackTarget
from services.observations.feedback_targets.schemas import FeedbackTargetQuery
from services.observations.staff.models import CopiedLeave
from services.observations.staff.telling import tells_leaves
from services.observations.tables import Table
from shared.access.matching import matching
from shared.access.policies import FEEDBACK_TARGETS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered

_PEOPLE = Table.metadata.tables["observations.copied_people"]


def visible_to(who: Principal) -> Select[FeedbackTarget]:
    """One's own, those of whom one supports, and those at the schools that one leads."""
    return select(FeedbackTarget).where(
        col(FeedbackTarget.district_id) == who.district_id, allowed(FEEDBACK_TARGETS, who, Columns(FeedbackTarget))
    )


def schools_of(district_id: UUID) -> Select[UUID]:
    its: Any = FeedbackTarget
    return select(its.school_id).where(its.district_id == district_id, its.archived_at.is_(None)).distinct()


def perhaps_due(district_id: UUID, schools: Sequence[UUID], day: date, after: UUID | None) -> Select[FeedbackTarget]:
    """Find those that leave alone may still put off, in the order of ids."""
    its: Any = FeedbackTarget
    return (
        select(FeedbackTarget)
        .where(
            its.district_id == district_id,
            its.school_id.in_(schools),
            its.archived_at.is_(None),
            its.begin_date <= day,
            or_(its.end_date.is_(None), its.end_date >= day),
            _since(day) + its.every_days - its.remind_before_days <= literal(day),
            its.id > after if after is not None else true(),
        )
        .order_by(its.id)
    )


def _since(day: date) -> ColumnElement[date]:
    """Give the day from which one counts: of the last feedback, or the target's first."""
    its: Any = FeedbackTarget
    one = func.unnest(its.given).column_valued("one")
    last = select(func.max(one)).where(one <= day).correlate(FeedbackTarget).scalar_subquery()
    return func.least(func.coalesce(last, its.begin_date), literal(day), type_=Date)


def is_overdue(day: date, tells_leaves: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say in SQL what rules.state_on says of one row: more days at work have gone by than it allows."""
    its: Any = FeedbackTarget
    since = _since(day)
    away = select(CopiedLeave.id).where(*_leaves(), func.coalesce(CopiedLeave.end_date, day) >= day)
    return and_(
        its.begin_date <= day,
        or_(its.end_date.is_(None), its.end_date >= day),
        since + its.every_days + case((tells_leaves, _days_of_leave(since, day)), else_=0) < literal(day),
        not_(and_(tells_leaves, away.where(col(CopiedLeave.begin_date) <= day).correlate(FeedbackTarget).exists())),
    )


def _days_of_leave(since: ColumnElement[date], day: date) -> ColumnElement[int]:
    """Count them after one day until another; leaves may lie over each other."""
    leaves = func.range_agg(func.daterange(CopiedLeave.begin_date, CopiedLeave.end_date, "[]"))
    within = func.datemultirange(func.daterange(since, literal(day), "(]"))
    clipped = select((leaves.op("*")(within)).label("days")).where(*_leaves()).correlate(FeedbackTarget)
    part: Any = func.unnest(clipped.scalar_subquery()).column_valued("part")
    days = func.coalesce(func.sum(func.upper(part) - func.lower(part)), 0)
    return select(cast(days, Integer)).correlate(FeedbackTarget).scalar_subquery()


def _leaves() -> tuple[ColumnElement[bool], ...]:
    """Hold for leaves of the target's teacher, under whichever id of hers they and the target were said."""
    its: Any = FeedbackTarget
    one, other = _PEOPLE.alias("one"), _PEOPLE.alias("other")
    merged = select(one.c.merged_into).where(one.c.district_id == its.district_id, one.c.id == its.teacher_id)
    itself = func.coalesce(merged.correlate(FeedbackTarget).scalar_subquery(), its.teacher_id)
    absorbed = select(other.c.id).where(other.c.district_id == its.district_id, other.c.merged_into == itself)
    person = col(CopiedLeave.person_id)
    return (
        col(CopiedLeave.district_id) == its.district_id,
        col(CopiedLeave.archived).is_(False),
        or_(person == itself, person.in_(absorbed.correlate(FeedbackTarget))),
    )


def found(who: Principal, query: FeedbackTargetQuery, day: date) -> Select[FeedbackTarget]:
    statement: Any = filtered(visible_to(who), FeedbackTarget, query)
    statement = matching(statement, FeedbackTarget, who.district_id, query, ("teacher_id", "school_id"))
    if query.overdue is not None:
        is_late = is_overdue(day, tells_leaves(who, FeedbackTarget))
        statement = statement.where(is_late if query.overdue else not_(is_late))
    found: Select[FeedbackTarget] = statement
    return found

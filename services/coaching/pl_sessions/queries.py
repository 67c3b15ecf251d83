from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func
from sqlmodel import col, select

from services.coaching.pl_sessions.models import Attended, PLSession
from services.coaching.pl_sessions.rules import State
from services.coaching.pl_sessions.schemas import PLSessionQuery
from shared.access.policies import PL_SESSIONS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered
from shared.units import Unit


def visible_to(who: Principal) -> Select[PLSession]:
    return select(PLSession).where(
        col(PLSession.district_id) == who.district_id, allowed(PL_SESSIONS, who, Columns(PLSession))
    )


def found(who: Principal, query: PLSessionQuery) -> Select[PLSession]:
    statement: Any = filtered(visible_to(who), PLSession, query)
    if query.activity_id is not None:
        statement = statement.where(col(PLSession.activity_id) == query.activity_id)
    found: Select[PLSession] = statement
    return found


async def attendance_of(unit: Unit, sessions: list[UUID]) -> dict[UUID, list[Attended]]:
    """Load the attendance of several sessions in one query."""
    rows = await unit.session.execute(
        select(Attended)
        .where(col(Attended.district_id) == unit.district_id, col(Attended.session_id).in_(sessions))
        .order_by(col(Attended.session_id), col(Attended.person_id))
    )
    found: dict[UUID, list[Attended]] = defaultdict(list)
    for row in rows.scalars():
        found[row.session_id].append(row)
    return found


async def delivered_minutes(unit: Unit, activity_id: UUID) -> dict[UUID, int] | None:
    """Add up each person's minutes over the delivered sessions; None when nothing was delivered."""
    of_activity = (
        col(PLSession.district_id) == unit.district_id,
        col(PLSession.activity_id) == activity_id,
        col(PLSession.state) == State.DELIVERED.value,
        col(PLSession.archived_at).is_(None),
    )
    if not (await unit.session.execute(select(func.count()).select_from(PLSession).where(*of_activity))).scalar_one():
        return None
    rows = await unit.session.execute(
        select(col(Attended.person_id), func.sum(col(Attended.minutes)))
        .join(
            PLSession,
            (col(PLSession.district_id) == col(Attended.district_id)) & (col(PLSession.id) == col(Attended.session_id)),
        )
        .where(*of_activity)
        .group_by(col(Attended.person_id))
    )
    return {person: int(minutes) for person, minutes in rows}

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, true
from sqlmodel import col, select

from services.observations.walks.models import LearningWalk, WalkStop
from services.observations.walks.rules import State
from services.observations.walks.schemas import LearningWalkQuery, WalkStopQuery
from shared.access.policies import STOPS, WALKS
from shared.access.policy import Action, Columns, allowed
from shared.access.principals import Principal
from shared.database import Connection
from shared.paging import filtered


def visible_to(who: Principal, action: Action = Action.SEE) -> Select[LearningWalk]:
    """The team and the school's leaders; once it is shared, all staff of the school. Its stops are the team's."""
    return select(LearningWalk).where(
        col(LearningWalk.district_id) == who.district_id, allowed(WALKS, who, Columns(LearningWalk), action)
    )


def walks_with(who: Principal, source_id: UUID, *, of_pattern: bool) -> Select[LearningWalk]:
    """Find the walk of this id, or whose debrief has the pattern of this id."""
    its: Any = LearningWalk
    named = its.patterns.contains([{"id": str(source_id)}]) if of_pattern else its.id == source_id
    return visible_to(who).where(named)


def visible_stops(who: Principal) -> Select[WalkStop]:
    walks = visible_to(who, Action.READ).with_only_columns(col(LearningWalk.id))
    columns = Columns(WalkStop, parents={("walk", Action.READ): walks})
    return select(WalkStop).where(col(WalkStop.district_id) == who.district_id, allowed(STOPS, who, columns))


def found(who: Principal, query: LearningWalkQuery) -> Select[LearningWalk]:
    statement = filtered(visible_to(who), LearningWalk, query)
    return statement.where(
        col(LearningWalk.school_id) == query.school_id if query.school_id else true(),
        col(LearningWalk.state) == query.state if query.state else true(),
    )


def found_stops(who: Principal, query: WalkStopQuery) -> Select[WalkStop]:
    statement = filtered(visible_stops(who), WalkStop, query)
    return statement.where(col(WalkStop.walk_id) == query.walk_id) if query.walk_id else statement


def walking(district_id: UUID, after: UUID | None) -> Select[LearningWalk]:
    """Find the walks that were started and not debriefed, in the order of ids."""
    its: Any = LearningWalk
    return (
        select(LearningWalk)
        .where(
            its.district_id == district_id,
            its.state == State.IN_PROGRESS.value,
            its.archived_at.is_(None),
            its.id > after if after is not None else true(),
        )
        .order_by(its.id)
    )


_CLAIM = """
    insert into observations.debrief_notices (district_id, walk_id, kind, due_at, told_at)
    select $1, n.id, n.kind, n.due, $2 from unnest($3::uuid[], $4::text[], $5::timestamptz[]) as n (id, kind, due)
    on conflict do nothing returning walk_id"""


async def claim(
    connection: Connection, district_id: UUID, due: Mapping[UUID, tuple[str, datetime]], moment: datetime
) -> set[UUID]:
    """Take what was not told yet. Of two that do so at once each is one's alone."""
    kinds, moments = [kind for kind, _ in due.values()], [at for _, at in due.values()]
    rows = await connection.fetch(_CLAIM, district_id, moment, list(due), kinds, moments)
    return {row["walk_id"] for row in rows}

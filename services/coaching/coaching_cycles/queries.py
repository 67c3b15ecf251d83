"""Who sees which cycle: the pair, leaders of the school (that it happens), and a machine that acts for nobody."""

from typing import Any

from sqlalchemy import Select, func
from sqlmodel import col, select

from services.coaching.coaching_cycles.models import ActionStep, CoachingCycle, CoachingSession, CycleModel
from services.coaching.coaching_cycles.schemas import CoachingCycleQuery, OfCycleQuery
from shared.access.matching import matching
from shared.access.policies import CYCLE_MODELS, CYCLES, SESSIONS, STEPS
from shared.access.policy import Action, Columns, Of, allowed, may
from shared.access.principals import Principal
from shared.paging import ResourceQuery, filtered
from shared.units import Unit


def is_pair(who: Principal, cycle: CoachingCycle) -> bool:
    return may(CYCLES, who, Action.READ, Of(cycle))


def visible_to(who: Principal, action: Action = Action.SEE) -> Select[CoachingCycle]:
    return select(CoachingCycle).where(
        col(CoachingCycle.district_id) == who.district_id, allowed(CYCLES, who, Columns(CoachingCycle), action)
    )


def visible_models(who: Principal) -> Select[CycleModel]:
    return select(CycleModel).where(
        col(CycleModel.district_id) == who.district_id, allowed(CYCLE_MODELS, who, Columns(CycleModel))
    )


def visible_sessions(who: Principal) -> Select[CoachingSession]:
    return select(CoachingSession).where(
        col(CoachingSession.district_id) == who.district_id,
        allowed(SESSIONS, who, _of_cycle(CoachingSession, who, Action.SEE)),
    )


def visible_steps(who: Principal) -> Select[ActionStep]:
    """An action step is content: for the pair alone."""
    return select(ActionStep).where(
        col(ActionStep.district_id) == who.district_id, allowed(STEPS, who, _of_cycle(ActionStep, who, Action.READ))
    )


def _of_cycle(model: Any, who: Principal, action: Action) -> Columns:
    return Columns(model, parents={("cycle", action): visible_to(who, action).with_only_columns(col(CoachingCycle.id))})


def found(who: Principal, query: CoachingCycleQuery) -> Select[CoachingCycle]:
    statement = filtered(visible_to(who), CoachingCycle, query)
    names = ("coachee_id", "coach_id", "goal_id", "state")
    found: Select[CoachingCycle] = matching(statement, CoachingCycle, who.district_id, query, names)
    return found


def found_models(who: Principal, query: ResourceQuery) -> Select[CycleModel]:
    return filtered(visible_models(who), CycleModel, query)


def found_sessions(who: Principal, query: OfCycleQuery) -> Select[CoachingSession]:
    statement = filtered(visible_sessions(who), CoachingSession, query)
    return statement.where(col(CoachingSession.cycle_id) == query.cycle_id) if query.cycle_id else statement


def found_steps(who: Principal, query: OfCycleQuery) -> Select[ActionStep]:
    statement = filtered(visible_steps(who), ActionStep, query)
    return statement.where(col(ActionStep.cycle_id) == query.cycle_id) if query.cycle_id else statement


async def dose_of(unit: Unit, cycle: CoachingCycle) -> dict[str, Any]:
    """Add up the sessions of a cycle: how many, how many minutes, from when to when."""
    row = (
        await unit.session.execute(
            select(
                func.count(),
                func.coalesce(func.sum(col(CoachingSession.minutes)), 0),
                func.min(col(CoachingSession.held_at)),
                func.max(col(CoachingSession.held_at)),
            ).where(
                col(CoachingSession.district_id) == unit.district_id,
                col(CoachingSession.cycle_id) == cycle.id,
                col(CoachingSession.archived_at).is_(None),
            )
        )
    ).one()
    return {
        "sessions": row[0],
        "minutes": int(row[1]),
        "first_session_on": row[2].date() if row[2] else None,
        "last_session_on": row[3].date() if row[3] else None,
    }


async def pairs_of(unit: Unit, sessions: list[CoachingSession]) -> set[Any]:
    """Name the cycles among these sessions' whose pair the acting person is one of."""
    cycles = {session.cycle_id for session in sessions}
    statement = visible_to(unit.who, Action.READ).where(col(CoachingCycle.id).in_(cycles))
    return set((await unit.session.execute(statement.with_only_columns(col(CoachingCycle.id)))).scalars())

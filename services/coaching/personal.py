"""What this service keeps about people (shared/privacy)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.coaching.coaching_cycles import records as coaching_cycles
from services.coaching.coaching_cycles.queries import dose_of
from services.coaching.goals import records as goals
from shared.contracts.coaching import CoachingCycleState, GoalState
from shared.privacy.rules import ERASED, Personal, Told
from shared.units import Unit

_PAIR = "t.coachee_id = any($2) or t.coach_id = any($2)"
_OF_PAIR = f"t.cycle_id in (select t.id from coaching.coaching_cycles t where t.district_id = $1 and ({_PAIR}))"
_OF_COACHEE = """t.cycle_id in (select c.id from coaching.coaching_cycles c
                                where c.district_id = $1 and c.coachee_id = any($2))"""
_IDS_ONLY = "ids, minutes and hours, which are counted"


def _if_said(column: str) -> str:
    return f"case when t.{column} is not null then '{ERASED}' end"


async def _goals(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    return {row.id: GoalState.of(row) for row in await goals.find_anew(unit, ids)}


async def _cycles(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    rows = await coaching_cycles.find_anew(unit, ids)
    return {row.id: CoachingCycleState.of(row, **await dose_of(unit, row)) for row in rows}


PERSONAL: dict[str, Personal] = {
    # What is said in a cycle is the coachee's, as what is seen in an observation is the teacher's.
    "coaching_cycles": Personal(
        mine=_PAIR,
        erased={"focus": _if_said("focus"), "goal_statement": _if_said("goal_statement")},
        erased_of="t.coachee_id = any($2)",
        told=Told("coaching_cycle.changed", "coaching-cycles", _cycles),
        kind="coaching_content",
        since="coalesce(t.completed_at, t.updated_at)",
    ),
    "coaching_sessions": Personal(
        mine=_OF_PAIR,
        erased={"notes": _if_said("notes")},
        erased_of=_OF_COACHEE,
        kind="coaching_content",
        since="t.held_at",
    ),
    "action_steps": Personal(
        mine=_OF_PAIR,
        erased={"what": f"'{ERASED}'", "how_practised": _if_said("how_practised")},
        erased_of=_OF_COACHEE,
        kind="coaching_content",
        since="coalesce(t.due_date, t.created_at)",
    ),
    # The goals of a school or a district are theirs, whoever answers for them.
    "goals": Personal(
        mine="t.owner_id = any($2)",
        erased={"title": f"'{ERASED}'", "description": _if_said("description")},
        erased_of="t.owner_id = any($2) and t.level = 'individual'",
        told=Told("goal.changed", "goals", _goals),
    ),
    "plan_actions": Personal(mine="t.owner_id = any($2)", kept="the plan is the organisation's"),
    "pl_sessions": Personal(
        mine="t.facilitator_id = any($2)", kept="that a session was held, and its facilitator's id"
    ),
    "pl_attendance": Personal(mine="t.person_id = any($2)", kept=_IDS_ONLY, key="session_id"),
    "credits": Personal(mine="t.person_id = any($2)", kept=_IDS_ONLY),
}

"""What of a cycle leaves the house: that it happens is for everybody who sees it, its content for the pair alone."""

from services.coaching.coaching_cycles.models import CoachingCycle
from services.coaching.coaching_cycles.queries import is_pair
from services.coaching.coaching_cycles.schemas import CoachingCycleRead, CycleContent, CycleGoal
from shared.access.principals import Principal


def read(who: Principal, row: CoachingCycle) -> CoachingCycleRead:
    """Give a cycle. How it ended judges the pair's work, and what it aims at is what they talk about: no other person
    reads that either."""
    pair = is_pair(who, row)
    known = {} if pair or who.person is None else {"outcome": None, "look_for_id": None}
    return CoachingCycleRead.model_validate(row.model_dump() | {"content": _content(row) if pair else None} | known)


def _content(row: CoachingCycle) -> CycleContent:
    if row.goal_statement is None:
        return CycleContent(focus=row.focus, goal=None)
    numbers = {"baseline": row.baseline, "target": row.target, "unit": row.unit}
    goal = CycleGoal.model_validate({"statement": row.goal_statement, "kind": row.goal_kind} | numbers)
    return CycleContent(focus=row.focus, goal=goal)

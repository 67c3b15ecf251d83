"""What this service keeps about people (shared/privacy): facts, drawn from the others' feeds, that follow these."""

from shared.privacy.rules import Personal

_FOLLOWS = "drawn from the feed: it follows what its owner erases, and its counts stay"
_OWNERS = "drawn from the feed: its owner gives it"


def _fact(mine: str, key: str = "id") -> Personal:
    return Personal(mine=mine, stays=_OWNERS, kept=_FOLLOWS, key=key)


PERSONAL: dict[str, Personal] = {
    "fact_assignments": _fact("t.person_id = any($2)"),
    "fact_coaching_cycles": _fact("t.coachee_id = any($2) or t.coach_id = any($2)"),
    "fact_credits": _fact("t.person_id = any($2)"),
    "fact_goals": _fact("t.owner_id = any($2)"),
    "fact_observations": _fact("t.teacher_id = any($2) or t.observer_id = any($2)"),
    "fact_pl_attendance": _fact("t.person_id = any($2)", "session_id"),
    "fact_plan_actions": _fact("t.owner_id = any($2)"),
}

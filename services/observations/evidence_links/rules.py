"""Between what a link may run. Pure. Nothing of growth moves to an evaluation: only what was its own from the start."""

from enum import StrEnum

from shared.access.purposes import Purpose


class Source(StrEnum):
    LEARNING_WALK = "learning_walk"
    PATTERN = "pattern"
    OBSERVATION = "observation"


class Target(StrEnum):
    PL_ACTIVITY = "pl_activity"
    COACHING_CYCLE = "coaching_cycle"
    PLAN_ACTION = "plan_action"
    EVALUATION = "evaluation"


def may_inform(target: Target, purpose: str | None, *, announced: bool | None, is_observed: bool) -> bool:
    """Say whether evidence may inform this: an evaluation only if it was made for one, and the teacher was told before.

    A walk has no purpose but its own, so neither it nor a pattern of it ever does.
    """
    return target is not Target.EVALUATION or (purpose == Purpose.EVALUATION and announced is True and is_observed)

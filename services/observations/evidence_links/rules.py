"""Between what a link may run. Pure. There is no way to an evaluation: nothing of growth moves there by itself."""

from enum import StrEnum


class Source(StrEnum):
    LEARNING_WALK = "learning_walk"
    OBSERVATION = "observation"


class Target(StrEnum):
    PL_ACTIVITY = "pl_activity"
    COACHING_CYCLE = "coaching_cycle"
    PLAN_ACTION = "plan_action"

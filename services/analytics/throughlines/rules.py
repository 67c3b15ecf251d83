"""What is missing on a line, as sentences that a principal can act on. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

MOST_NAMED = 10


class GapCode(StrEnum):
    NO_VISION = "no_vision"
    NO_GOAL_ABOVE = "no_goal_above"
    NO_TARGET = "no_target"
    NO_SCHOOL_GOAL = "no_school_goal"
    NO_ACTION = "no_action"
    ACTION_LATE = "action_late"
    ACTION_WITHOUT_LEARNING = "action_without_learning"
    NO_LEARNING = "no_learning"
    NO_TARGET_PRACTICES = "no_target_practices"
    NOT_DELIVERED = "not_delivered"
    NOBODY_LOOKED_BEFORE = "nobody_looked_before"
    NOBODY_LOOKED_AFTER = "nobody_looked_after"
    TOO_FEW_TO_SHOW = "too_few_to_show"
    NO_COMPARISON = "no_comparison"
    NO_WALK_AFTER = "no_walk_after"
    NO_WALK_INFORMED = "no_walk_informed"
    NO_COACHING = "no_coaching"
    NO_FEEDBACK = "no_feedback"


@dataclass(frozen=True, slots=True)
class Gap:
    """`about` is the action, activity or organisation that it concerns; None: the goal itself."""

    code: GapCode
    message: str
    about: UUID | None = None


@dataclass(frozen=True, slots=True)
class ActionLine:
    id: UUID
    title: str
    state: str
    due_date: date | None

    def is_late(self, today: date) -> bool:
        return self.due_date is not None and self.due_date < today and self.state in {"planned", "in_progress"}


@dataclass(frozen=True, slots=True)
class LearningLine:
    """`looked_before` and `looked_after`: whether anybody looked at all; `walked_after`: whether a walk did.

    `is_told`: whether a month that is over knows of a session; of what was delivered since nothing is said yet.
    """

    id: UUID
    title: str
    plan_action_id: UUID | None
    state: str
    practices: int
    delivered: int
    is_told: bool
    looked_before: bool
    looked_after: bool
    walked_after: bool
    is_hidden: bool
    is_compared: bool


@dataclass(frozen=True, slots=True)
class Line:
    level: str
    has_vision: bool
    has_goal_above: bool
    has_target: bool
    schools_without_goal: Sequence[tuple[UUID, str]]
    actions: Sequence[ActionLine]
    learning: Sequence[LearningLine]
    walks_informed: int
    has_coaching: bool
    has_feedback: bool


def missing(line: Line, *, today: date) -> list[Gap]:
    return [*_above(line), *_plan(line, today), *_learning(line), *_support(line)]


def _above(line: Line) -> Iterator[Gap]:
    if line.level != "district" and not line.has_goal_above:
        yield Gap(
            GapCode.NO_GOAL_ABOVE, "The goal hangs on no goal above it: nothing says which district goal it serves."
        )
    if not line.has_vision:
        yield Gap(GapCode.NO_VISION, "No vision stands above this goal.")
    if not line.has_target:
        yield Gap(GapCode.NO_TARGET, "The goal has no baseline and target, so nobody can say when it is met.")
    if len(line.schools_without_goal) > MOST_NAMED:
        yield Gap(GapCode.NO_SCHOOL_GOAL, f"{len(line.schools_without_goal)} schools have no goal under this one.")
    else:
        for org_id, name in line.schools_without_goal:
            yield Gap(GapCode.NO_SCHOOL_GOAL, f"{name} has no goal of its own under this one.", org_id)


def _plan(line: Line, today: date) -> Iterator[Gap]:
    if not line.actions:
        yield Gap(GapCode.NO_ACTION, "No action of a work plan serves this goal.")
    taught = {one.plan_action_id for one in line.learning}
    for action in line.actions:
        if action.is_late(today):
            said = action.state.replace("_", " ")
            yield Gap(GapCode.ACTION_LATE, f"“{action.title}” was due on {action.due_date} and is {said}.", action.id)
        if action.id not in taught and action.state != "dropped":
            message = f"No professional learning carries out “{action.title}”."
            yield Gap(GapCode.ACTION_WITHOUT_LEARNING, message, action.id)


def _learning(line: Line) -> Iterator[Gap]:
    offered = [one for one in line.learning if one.state != "cancelled"]
    if not offered:
        yield Gap(GapCode.NO_LEARNING, "No professional learning serves this goal or one of its actions.")
    for one in offered:
        yield from (Gap(code, message, one.id) for code, message in _of_activity(one))


def _of_activity(one: LearningLine) -> Iterable[tuple[GapCode, str]]:
    if not one.practices:
        yield GapCode.NO_TARGET_PRACTICES, f"“{one.title}” names no target practice, so nobody can look for it."
    if not one.delivered:
        yield GapCode.NOT_DELIVERED, f"No session of “{one.title}” was delivered yet."
    if not one.practices or not one.delivered or not one.is_told:
        return
    if not one.looked_before:
        message = f"Nobody looked for the practices of “{one.title}” before its first session: there is no baseline."
        yield GapCode.NOBODY_LOOKED_BEFORE, message
    if not one.looked_after:
        message = f"“{one.title}” was delivered, and no observation has looked for its practices since."
        yield GapCode.NOBODY_LOOKED_AFTER, message
    if one.is_hidden:
        message = f"Too few teachers were observed for “{one.title}” to show a rate without showing somebody's own."
        yield GapCode.TOO_FEW_TO_SHOW, message
    elif one.looked_before and one.looked_after and not one.is_compared:
        message = f"Nobody who was not at “{one.title}” can be set beside those who were: other reasons stay open."
        yield GapCode.NO_COMPARISON, message
    if not one.walked_after:
        yield GapCode.NO_WALK_AFTER, f"No shared learning walk has looked for the practices of “{one.title}” since."


def _support(line: Line) -> Iterator[Gap]:
    if not line.walks_informed:
        yield Gap(GapCode.NO_WALK_INFORMED, "No learning walk's evidence is linked to any of this.")
    if not line.has_coaching:
        yield Gap(GapCode.NO_COACHING, "No coaching cycle serves this goal.")
    if not line.has_feedback:
        yield Gap(GapCode.NO_FEEDBACK, "No feedback from an observation is linked to any of this.")

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from uuid import UUID

from services.analytics.measures.application import queries as applied
from services.analytics.measures.application.rules import LookGroup, LookSource
from services.analytics.measures.application.service import Application, Row, Terms, application
from services.analytics.measures.periods import month_end
from services.analytics.measures.queries import School
from services.analytics.settings import zone_of
from services.analytics.throughlines import queries
from services.analytics.throughlines.queries import Action, Answered, Cited, Goal, Learning, Walk
from services.analytics.throughlines.rules import ActionLine, LearningLine, Line
from shared.errors import NotFound
from shared.units import Unit

# A document that somebody reads; the lists behind it page, in coaching and observations.
MOST = 200
MOST_LEARNING = 50

T = TypeVar("T", Goal, Action, Learning, Walk)


@dataclass(frozen=True, slots=True)
class Taught:
    """A PL activity of the line, with what was seen of it and what its practices are called."""

    learning: Learning
    found: Application
    titles: dict[UUID, str]
    schools: dict[UUID, str]


@dataclass(frozen=True, slots=True)
class Throughline:
    """All of a goal's line that the asking one sees; `out_of_sight` says how many of each list are not."""

    goal: Goal
    above: Sequence[Goal]
    vision: tuple[UUID, str] | None
    below: Sequence[Goal]
    individual: Sequence[Goal]
    actions: Sequence[Action]
    learning: Sequence[Learning]
    taught: Sequence[Taught]  # the first of the learning
    walks: Sequence[Walk]
    cycles: Sequence[Cited]
    feedback: Sequence[Answered]
    schools: Sequence[School]
    terms: Terms
    out_of_sight: dict[str, int]


@dataclass(slots=True)
class _Sight:
    """What the asking one sees of a line: the goal's own organisation, and those led or belonged to."""

    own: UUID
    orgs: frozenset[UUID] | None
    hidden: dict[str, int] = field(default_factory=dict)

    def sees(self, org_id: UUID) -> bool:
        return self.orgs is None or org_id == self.own or org_id in self.orgs

    def of(self, name: str, found: Sequence[T]) -> list[T]:
        shown = [one for one in found if self.sees(one.school_id if isinstance(one, Walk) else one.org_id)]
        self.hidden[name] = len(found) - len(shown)
        return shown


async def throughline(unit: Unit, goal_id: UUID, terms: Terms) -> Throughline:
    goal = await _goal_in_sight(unit, goal_id)
    sight = _Sight(goal.org_id, queries.sight_of(unit.who))
    above = await queries.goals_above(unit, goal_id)
    every = await queries.goals_below(unit, goal_id)
    line = [goal_id, *(one.id for one in every)]
    actions = await queries.actions(unit, line)
    learning = await queries.learning(unit, line, [action.id for action in actions])
    cycles = await queries.cycles(unit, line)
    targets = [*(a.id for a in actions), *(a.id for a in learning), *(cycle.id for cycle in cycles)]
    walks = await queries.walks(unit, targets)
    cited = [one.observation_id for one in cycles if one.observation_id]
    schools = await queries.schools_below(unit, goal.org_id)
    offered = sight.of("professional_learning", learning)
    return Throughline(
        goal=goal,
        above=above,
        vision=await _vision(unit, [goal, *above]),
        below=sight.of("goals", [one for one in every if one.level != "individual"]),
        individual=[one for one in every if one.level == "individual"],
        actions=sight.of("actions", actions),
        learning=offered,
        taught=[await _taught(unit, one, goal, schools, terms, sight.orgs) for one in offered[:MOST_LEARNING]],
        walks=sight.of("walks", walks),
        cycles=cycles,
        feedback=await queries.feedback(unit, targets, cited),
        schools=[school for school in schools if sight.sees(school.id)],
        terms=terms,
        out_of_sight=sight.hidden,
    )


async def _goal_in_sight(unit: Unit, goal_id: UUID) -> Goal:
    """Load a district's or school's goal: the district's is for all of its staff, a school's for its own."""
    found = await queries.goal(unit, goal_id)
    sight = queries.sight_of(unit.who)
    is_hers = found is not None and (found.level != "school" or sight is None or found.org_id in sight)
    if found is None or found.level == "individual" or not is_hers:  # one answer, which does not tell that it is there
        raise NotFound("a throughline follows a goal of the district, or of a school that is yours")
    return found


async def _vision(unit: Unit, goals: Sequence[Goal]) -> tuple[UUID, str] | None:
    known = await queries.visions(unit, [goal.vision_id for goal in goals if goal.vision_id])
    return next(((goal.vision_id, known[goal.vision_id]) for goal in goals if goal.vision_id in known), None)


async def _taught(
    unit: Unit,
    learning: Learning,
    goal: Goal,
    schools: Sequence[School],
    terms: Terms,
    sight: frozenset[UUID] | None,
) -> Taught:
    """See what an activity aims at in the schools of both, the activity and the goal: by the end of a month."""
    terms = replace(terms, as_of=month_end(terms.as_of, zone_of(terms.zone)))
    (activity,) = await applied.activities(unit, [learning.id], as_of=terms.as_of)
    reached = await applied.schools_below(unit, activity.org_id)
    of_goal = {school.id for school in schools} | {goal.org_id}
    both = [school for school in reached if school.id in of_goal]
    found = await application(
        unit,
        activity,
        [school.id for school in both],
        terms,
        by="school" if goal.level == "district" else None,
        within=None if sight is None else sight,
    )
    names = {school.id: school.name for school in both}
    return Taught(learning, found, await applied.titles_of(unit, activity), names)


def line_of(found: Throughline) -> Line:
    """Put a line as the rules ask about it."""
    goal = found.goal
    with_goal = {one.org_id for one in found.below if one.level == "school"}
    return Line(
        level=goal.level,
        has_vision=found.vision is not None,
        has_goal_above=bool(found.above),
        has_target=goal.baseline is not None and goal.target is not None,
        schools_without_goal=[
            (school.id, school.name)
            for school in found.schools
            if goal.level == "district" and school.id not in with_goal
        ],
        actions=[ActionLine(one.id, one.title, one.state, one.due_date) for one in found.actions],
        learning=[_learning_line(one) for one in found.taught],
        walks_informed=len(found.walks) + found.out_of_sight.get("walks", 0),
        has_coaching=bool(found.cycles),
        has_feedback=bool(found.feedback),
    )


def _learning_line(one: Taught) -> LearningLine:
    observed = row_of(one.found, LookSource.OBSERVATIONS)
    walked = row_of(one.found, LookSource.WALK_STOPS)
    sides = [observed.cell.before.rate, observed.cell.after.rate] if observed else []
    return LearningLine(
        id=one.learning.id,
        title=one.learning.title,
        plan_action_id=one.learning.plan_action_id,
        state=one.learning.state,
        practices=len(one.found.activity.look_for_ids),
        delivered=one.learning.delivered,
        is_told=bool(sides),
        looked_before=bool(sides) and sides[0].n != 0,
        looked_after=bool(sides) and sides[1].n != 0,
        walked_after=walked is not None and walked.cell.after.rate.n != 0,
        is_hidden=any(rate.suppressed for rate in sides),
        is_compared=one.found.comparison is not None,
    )


def row_of(found: Application, source: LookSource) -> Row | None:
    return next((row for row in found.rows if row.source is source and row.group is LookGroup.ALL), None)


def people_of(ids: Sequence[Hashable]) -> int:
    return len(set(ids))

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select
from sqlmodel import col

from services.coaching.goals import rules
from services.coaching.goals.errors import GoalLevelFixed, GoalMoveRefused
from services.coaching.goals.models import Goal
from services.coaching.goals.queries import visible_to
from services.coaching.goals.schemas import GoalPatch, GoalWrite
from services.coaching.leading import must_lead
from services.coaching.people import staff_of
from services.coaching.references import check_org, check_person
from services.coaching.visions.models import Vision
from services.coaching.visions.queries import visible_to as visible_visions
from shared.access.policies import GROWTH
from shared.contracts.coaching import GoalState
from shared.errors import FieldError, Forbidden, Invalid
from shared.units import Unit
from shared.writes import (
    announce,
    archive_row,
    change_row,
    check_version,
    load,
    put_row,
    repeated,
    show,
    stored_row,
    touch,
)  # fmt: skip


async def put_goal(unit: Unit, goal_id: UUID, body: GoalWrite) -> Goal:
    said = body.model_dump() | {"level": body.level.value, "domain": body.domain.value}
    stored = await stored_row(unit, Goal, visible_to(unit.who), goal_id)
    if done := repeated(unit, stored, said):
        return done
    if stored is not None:
        await _must_be_ones_own(unit, stored.level, stored.org_id, stored.owner_id)
        if body.level != stored.level:
            raise GoalLevelFixed(level=stored.level)
    await _check(unit, said)
    state = stored.state if stored else rules.State.DRAFT.value
    row, changed = await put_row(unit, Goal, goal_id, stored, said | {"state": state})
    return _announced(unit, row, changed)


async def get_goal(unit: Unit, goal_id: UUID, *, lock: bool = False) -> Goal:
    return await load(unit, visible_to(unit.who).where(col(Goal.id) == goal_id), lock=lock)


async def patch_goal(unit: Unit, goal_id: UUID, patch: GoalPatch) -> Goal:
    row = await _lock(unit, goal_id)
    values = patch.model_dump(exclude_unset=True)
    if values.get("level", row.level) != row.level:
        raise GoalLevelFixed(level=row.level)
    await _check(unit, row.model_dump() | values)
    return _announced(unit, row, await change_row(unit, row, values))


async def move(unit: Unit, goal_id: UUID, verb: str) -> Goal:
    row = await _lock(unit, goal_id)
    sources, target = rules.MOVES[verb]
    if row.state not in sources:
        raise GoalMoveRefused(state=row.state, possible=rules.moves_from(row.state))
    check_version(unit, row.version)
    return _announced(unit, row, touch(unit, row, {"state": target.value}))


async def archive_goal(unit: Unit, goal_id: UUID) -> Goal:
    row = await _lock(unit, goal_id)
    return _announced(unit, row, archive_row(unit, row))


async def _lock(unit: Unit, goal_id: UUID) -> Goal:
    """Load the goal to change it: it must be visible, and the acting person's to change."""
    row = await get_goal(unit, goal_id, lock=True)
    await _must_be_ones_own(unit, row.level, row.org_id, row.owner_id)
    return row


async def _check(unit: Unit, values: Mapping[str, Any]) -> None:
    """Hold what is to be stored against the tree and against the right to put it there."""
    level, owner_id = values["level"], values["owner_id"]
    if level == rules.Level.INDIVIDUAL and owner_id is None:
        raise Invalid(errors=[FieldError("#/owner_id", "missing", "an individual goal has an owner")])
    await check_org(unit, values["org_id"])
    await check_person(unit, owner_id, "owner_id")
    await _must_be_ones_own(unit, level, values["org_id"], owner_id)
    await _check_above(unit, values)


async def _check_above(unit: Unit, values: Mapping[str, Any]) -> None:
    if values["vision_id"] is not None:
        visions = visible_visions(unit.who).where(col(Vision.id) == values["vision_id"])
        if (await unit.session.execute(visions)).scalar_one_or_none() is None:
            raise Invalid(errors=[FieldError("#/vision_id", "unknown", "refers to nothing in this district")])
    if values["parent_id"] is None:
        return
    goals = visible_to(unit.who).where(col(Goal.id) == values["parent_id"])
    parent = (await unit.session.execute(goals)).scalar_one_or_none()
    if parent is None:
        raise Invalid(errors=[FieldError("#/parent_id", "unknown", "refers to no goal that you see")])
    if not rules.is_above(parent.level, values["level"]):
        message = f"a {parent.level} goal does not stand above a {values['level']} goal"
        raise Invalid(errors=[FieldError("#/parent_id", "level", message)])


async def _must_be_ones_own(unit: Unit, level: str, org_id: UUID, owner_id: UUID | None) -> None:
    """An individual goal is its owner's, and of those who lead or support the owner; any other is its leaders'."""
    person = unit.who.person
    if person is None:
        return
    if level != rules.Level.INDIVIDUAL:
        must_lead(unit, org_id)
        return
    if person.is_one_of(owner_id) or owner_id in person.supports(*GROWTH):
        return
    if not (await unit.session.execute(select(literal(owner_id).in_(staff_of(unit.who))))).scalar_one():
        raise Forbidden("this goal is its owner's, and of those who lead or support the owner")


def _announced(unit: Unit, row: Goal, changed: tuple[str, ...]) -> Goal:
    announce(unit, "goal.changed", "goals", row, GoalState.of(row), changed)
    return show(unit, row)

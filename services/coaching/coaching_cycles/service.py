"""The cycle itself. What hangs on it (sessions, action steps) is in work.py, the models in phases.py."""

from typing import Any
from uuid import UUID

from sqlmodel import col

from services.coaching.coaching_cycles import rules
from services.coaching.coaching_cycles.errors import CoachingCycleMoveRefused, PhaseRefused
from services.coaching.coaching_cycles.models import CoachingCycle, CycleModel
from services.coaching.coaching_cycles.queries import dose_of, is_pair, visible_models, visible_to
from services.coaching.coaching_cycles.schemas import Advance, At, CoachingCycleWrite, Completion, Match
from services.coaching.leading import leads
from services.coaching.references import check_goal, check_org, check_person
from shared.contracts.coaching import CoachingCycleState
from shared.errors import FieldError, Forbidden, Invalid
from shared.routing import moment
from shared.units import Unit
from shared.writes import announce, check_version, load, put_row, repeated, show, stored_row, touch

_CONTENT = ("focus", "goal_statement", "goal_kind", "baseline", "target", "unit")


async def put_cycle(unit: Unit, cycle_id: UUID, body: CoachingCycleWrite) -> CoachingCycle:
    """Request a cycle, or change what one is about. Leaders may ask for one; its content is the pair's to write."""
    stored = await stored_row(unit, CoachingCycle, visible_to(unit.who), cycle_id)
    if done := repeated(unit, stored, _said(body)):
        return done
    await _check_references(unit, body)
    if stored is None:
        _may_request(unit, body)
        row = await _create(unit, cycle_id, body)
        return await _announced(unit, row, "coaching_cycle.requested", ("state",))
    _may_change(unit, stored, body)
    row, changed = await put_row(unit, CoachingCycle, cycle_id, stored, _values(body))
    return await _announced(unit, row, "coaching_cycle.changed", changed)


async def get_cycle(unit: Unit, cycle_id: UUID, *, lock: bool = False) -> CoachingCycle:
    return await load(unit, visible_to(unit.who).where(col(CoachingCycle.id) == cycle_id), lock=lock)


async def match(unit: Unit, cycle_id: UUID, body: Match) -> CoachingCycle:
    row = await get_cycle(unit, cycle_id, lock=True)
    if not leads(unit, row.org_id):
        raise Forbidden("only a leader of the school may match a coach")
    await check_person(unit, body.coach_id, "coach_id")
    if body.coach_id == row.coachee_id:
        raise Invalid(errors=[FieldError("#/coach_id", "same", "nobody coaches themselves")])
    return await _moved(unit, row, "match", coach_id=body.coach_id)


async def activate(unit: Unit, cycle_id: UUID, body: At) -> CoachingCycle:
    row = await mine(unit, cycle_id)
    model = await load(unit, visible_models(unit.who).where(col(CycleModel.id) == row.model_id))
    at = moment(unit, body.at, after=[row.requested_at])
    return await _moved(unit, row, "activate", phase=rules.first_phase(model.phases), activated_at=at)


async def advance(unit: Unit, cycle_id: UUID, body: Advance) -> CoachingCycle:
    row = await mine(unit, cycle_id)
    model = await load(unit, visible_models(unit.who).where(col(CycleModel.id) == row.model_id))
    if row.state == rules.State.ACTIVE and not rules.may_follow(model.phases, str(row.phase), body.phase):
        possible = [key for phase in model.phases if phase["key"] == row.phase for key in phase["next"]]
        raise PhaseRefused(phase=row.phase, possible=possible)
    return await _moved(unit, row, "advance", phase=body.phase)


async def pause(unit: Unit, cycle_id: UUID) -> CoachingCycle:
    return await _moved(unit, await mine(unit, cycle_id), "pause")


async def resume(unit: Unit, cycle_id: UUID) -> CoachingCycle:
    return await _moved(unit, await mine(unit, cycle_id), "resume")


async def complete(unit: Unit, cycle_id: UUID, body: Completion) -> CoachingCycle:
    row = await mine(unit, cycle_id)
    at = moment(unit, body.at, after=[row.activated_at])
    return await _moved(unit, row, "complete", outcome=body.outcome.value, completed_at=at)


async def withdraw(unit: Unit, cycle_id: UUID, body: At) -> CoachingCycle:
    row = await get_cycle(unit, cycle_id, lock=True)
    if not is_pair(unit.who, row) and not leads(unit, row.org_id):
        raise Forbidden("only the pair or a leader of the school may withdraw it")
    at = moment(unit, body.at, after=[row.requested_at, row.activated_at])
    return await _moved(unit, row, "withdraw", completed_at=at)


def must_be_open(row: CoachingCycle) -> None:
    if row.state not in rules.OPEN:
        raise CoachingCycleMoveRefused("the cycle has ended", state=row.state, possible=[])


async def dose_changed(unit: Unit, row: CoachingCycle) -> None:
    """Tell analytics of another dose: a new version, since it is another state."""
    row.version += 1
    row.updated_at = unit.now
    state = CoachingCycleState.of(row, **await dose_of(unit, row))
    announce(unit, "coaching_cycle.session_held", "coaching-cycles", row, state, ("sessions", "minutes"))


async def mine(unit: Unit, cycle_id: UUID) -> CoachingCycle:
    """Load, locked, a cycle that the acting person is one of the pair of."""
    row = await get_cycle(unit, cycle_id, lock=True)
    if not is_pair(unit.who, row):
        raise Forbidden("only the coach and the coachee may do this")
    return row


async def _moved(unit: Unit, row: CoachingCycle, verb: str, **values: Any) -> CoachingCycle:
    sources, target = rules.MOVES[verb]
    if row.state not in sources:
        raise CoachingCycleMoveRefused(state=row.state, possible=rules.moves_from(row.state))
    check_version(unit, row.version)
    changed = touch(unit, row, values | {"state": target.value})
    return await _announced(unit, row, f"coaching_cycle.{_PAST[verb]}", changed)


_PAST = {
    "match": "matched", "activate": "activated", "advance": "advanced", "pause": "paused", "resume": "resumed",
    "complete": "completed", "withdraw": "withdrawn",
}  # fmt: skip


async def _create(unit: Unit, cycle_id: UUID, body: CoachingCycleWrite) -> CoachingCycle:
    state = rules.State.MATCHED if body.coach_id else rules.State.REQUESTED
    values = _values(body) | {
        "coach_id": body.coach_id, "state": state.value, "requested_at": moment(unit, body.requested_at),
    }  # fmt: skip
    row, _ = await put_row(unit, CoachingCycle, cycle_id, None, values)
    return row


def _said(body: CoachingCycleWrite) -> dict[str, Any]:
    """Give what a request says of the row. Without a coach or a time it leaves both to others."""
    given = {"coach_id": body.coach_id, "requested_at": body.requested_at}
    return _values(body) | {name: value for name, value in given.items() if value is not None}


def _values(body: CoachingCycleWrite) -> dict[str, Any]:
    values = body.model_dump(exclude={"goal", "requested_at", "coach_id"})
    goal = body.goal
    return values | {
        "goal_statement": goal.statement if goal else None,
        "goal_kind": goal.kind.value if goal else None,
        "baseline": goal.baseline if goal else None,
        "target": goal.target if goal else None,
        "unit": goal.unit if goal else None,
    }


def _may_request(unit: Unit, body: CoachingCycleWrite) -> None:
    """The coachee asks, or a leader of the school, or somebody who coaches the coachee already; a machine may."""
    person = unit.who.person
    if person is None or person.is_one_of(body.coachee_id) or leads(unit, body.org_id):
        return
    if body.coachee_id in person.supports("coaches", "mentors") and (
        body.coach_id is None or person.is_one_of(body.coach_id)
    ):
        return
    raise Forbidden("a cycle is asked for by the coachee, a coach of theirs, or a leader of the school")


def _may_change(unit: Unit, row: CoachingCycle, body: CoachingCycleWrite) -> None:
    if not is_pair(unit.who, row):
        raise Forbidden("only the pair may change what their cycle is about")
    must_be_open(row)
    if body.coach_id not in {None, row.coach_id}:
        raise Invalid(errors=[FieldError("#/coach_id", "fixed", "a coach comes by the action match")])
    if body.coachee_id != row.coachee_id or body.org_id != row.org_id or body.model_id != row.model_id:
        raise Invalid(errors=[FieldError("#", "fixed", "coachee, school and model stay as they were asked for")])


async def _check_references(unit: Unit, body: CoachingCycleWrite) -> None:
    await check_org(unit, body.org_id)
    await check_person(unit, body.coachee_id, "coachee_id")
    await check_person(unit, body.coach_id, "coach_id")
    await check_goal(unit, body.goal_id)
    if body.coach_id == body.coachee_id:
        raise Invalid(errors=[FieldError("#/coach_id", "same", "nobody coaches themselves")])
    model = await unit.session.execute(visible_models(unit.who).where(col(CycleModel.id) == body.model_id))
    if model.scalar_one_or_none() is None:
        raise Invalid(errors=[FieldError("#/model_id", "unknown", "refers to no cycle model of this district")])


async def _announced(unit: Unit, row: CoachingCycle, kind: str, changed: tuple[str, ...]) -> CoachingCycle:
    state = CoachingCycleState.of(row, **await dose_of(unit, row))
    named = tuple(dict.fromkeys("content" if name in _CONTENT else name for name in changed))
    announce(unit, kind, "coaching-cycles", row, state, named)
    return show(unit, row)

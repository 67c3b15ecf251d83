from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from services.coaching.leading import must_lead
from services.coaching.references import check_goal, check_org, check_person
from services.coaching.work_plans import rules
from services.coaching.work_plans.errors import NothingToAdopt, WorkPlanMoveRefused
from services.coaching.work_plans.models import PlanAction, WorkPlan
from services.coaching.work_plans.queries import visible_actions, visible_to
from services.coaching.work_plans.schemas import PlanActionWrite, WorkPlanWrite
from shared.contracts.coaching import PlanActionState, WorkPlanState
from shared.errors import FieldError, Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, check_version, load, put_row, repeated, show, stored_row, touch


async def put_plan(unit: Unit, plan_id: UUID, body: WorkPlanWrite) -> WorkPlan:
    said = body.model_dump()
    stored = await stored_row(unit, WorkPlan, visible_to(unit.who), plan_id)
    if done := repeated(unit, stored, said):
        return done
    await check_org(unit, body.org_id)
    must_lead(unit, body.org_id)
    if stored is not None:
        must_lead(unit, stored.org_id)
        _must_be_open(stored)
    state = stored.state if stored else rules.PlanState.DRAFT.value
    row, changed = await put_row(unit, WorkPlan, plan_id, stored, said | {"state": state})
    return _announced(unit, row, "work_plan.changed", changed)


async def get_plan(unit: Unit, plan_id: UUID, *, lock: bool = False) -> WorkPlan:
    return await load(unit, visible_to(unit.who).where(col(WorkPlan.id) == plan_id), lock=lock)


async def move_plan(unit: Unit, plan_id: UUID, verb: str) -> WorkPlan:
    row = await get_plan(unit, plan_id, lock=True)
    must_lead(unit, row.org_id)
    sources, target = rules.MOVES[verb]
    if row.state not in sources:
        raise WorkPlanMoveRefused(state=row.state, possible=rules.moves_from(row.state))
    check_version(unit, row.version)
    if verb == "adopt" and not await _actions(unit, plan_id):
        raise NothingToAdopt
    return _announced(unit, row, f"work_plan.{target.value}", touch(unit, row, {"state": target.value}))


async def put_action(unit: Unit, action_id: UUID, body: PlanActionWrite) -> PlanAction:
    values = body.model_dump() | {"state": body.state.value}
    stored = await stored_row(unit, PlanAction, visible_actions(unit.who), action_id)
    if done := repeated(unit, stored, values):
        return done
    plan = (await unit.session.execute(visible_to(unit.who).where(col(WorkPlan.id) == body.work_plan_id))).scalar()
    if plan is None:
        raise Invalid(errors=[FieldError("#/work_plan_id", "unknown", "refers to no work plan of this district")])
    must_lead(unit, plan.org_id)
    _must_be_open(plan)
    await check_goal(unit, body.goal_id)
    await check_person(unit, body.owner_id, "owner_id")
    if stored is not None and stored.work_plan_id != body.work_plan_id:
        raise Invalid(errors=[FieldError("#/work_plan_id", "fixed", "an action stays with its plan")])
    row, changed = await put_row(unit, PlanAction, action_id, stored, values)
    return _announced_action(unit, row, changed)


async def get_action(unit: Unit, action_id: UUID, *, lock: bool = False) -> PlanAction:
    return await load(unit, visible_actions(unit.who).where(col(PlanAction.id) == action_id), lock=lock)


async def archive_action(unit: Unit, action_id: UUID) -> PlanAction:
    row = await get_action(unit, action_id, lock=True)
    must_lead(unit, (await get_plan(unit, row.work_plan_id)).org_id)
    return _announced_action(unit, row, archive_row(unit, row))


def _must_be_open(plan: WorkPlan) -> None:
    if plan.state == rules.PlanState.CLOSED:
        raise WorkPlanMoveRefused("a closed plan stays as it is", state=plan.state, possible=[])


async def _actions(unit: Unit, plan_id: UUID) -> int:
    count = select(func.count()).select_from(
        visible_actions(unit.who)
        .where(col(PlanAction.work_plan_id) == plan_id, col(PlanAction.archived_at).is_(None))
        .subquery()
    )
    return int((await unit.session.execute(count)).scalar_one())


def _announced(unit: Unit, row: WorkPlan, kind: str, changed: tuple[str, ...]) -> WorkPlan:
    announce(unit, kind, "work-plans", row, WorkPlanState.of(row), changed)
    return show(unit, row)


def _announced_action(unit: Unit, row: PlanAction, changed: tuple[str, ...]) -> PlanAction:
    announce(unit, "plan_action.changed", "plan-actions", row, PlanActionState.of(row), changed)
    return show(unit, row)

from uuid import UUID

from sqlmodel import col

from services.coaching.credits.service import award
from services.coaching.leading import must_lead
from services.coaching.pl_activities import rules
from services.coaching.pl_activities.errors import NothingDelivered, PLActivityClosed
from services.coaching.pl_activities.models import PLActivity
from services.coaching.pl_activities.queries import visible_to
from services.coaching.pl_activities.schemas import PLActivityWrite
from services.coaching.pl_sessions.queries import delivered_minutes
from services.coaching.references import check_goal, check_org, check_plan_action
from shared.contracts.coaching import PLActivityState
from shared.units import Unit
from shared.writes import announce, archive_row, check_version, load, put_row, repeated, show, stored_row, touch


async def put_activity(unit: Unit, activity_id: UUID, body: PLActivityWrite) -> PLActivity:
    said = body.model_dump() | {"format": body.format.value, "setting": body.setting.value}
    stored = await stored_row(unit, PLActivity, visible_to(unit.who), activity_id)
    if done := repeated(unit, stored, said):
        return done
    await check_org(unit, body.org_id)
    must_lead(unit, body.org_id)
    await check_goal(unit, body.goal_id)
    await check_plan_action(unit, body.plan_action_id)
    if stored is not None:
        must_lead(unit, stored.org_id)
    state = stored.state if stored else rules.State.OFFERED.value
    if state != rules.State.OFFERED:
        raise PLActivityClosed(state=state, possible=[])
    row, changed = await put_row(unit, PLActivity, activity_id, stored, said | {"state": state})
    return _announced(unit, row, changed)


async def get_activity(unit: Unit, activity_id: UUID, *, lock: bool = False) -> PLActivity:
    return await load(unit, visible_to(unit.who).where(col(PLActivity.id) == activity_id), lock=lock)


async def move(unit: Unit, activity_id: UUID, verb: str) -> PLActivity:
    """Complete (and give the credit) or cancel."""
    row = await get_activity(unit, activity_id, lock=True)
    must_lead(unit, row.org_id)
    source, target = rules.MOVES[verb]
    if row.state != source:
        raise PLActivityClosed(state=row.state, possible=rules.moves_from(row.state))
    check_version(unit, row.version)
    if verb == "complete":
        minutes = await delivered_minutes(unit, activity_id)
        if minutes is None:
            raise NothingDelivered
        await award(unit, row.id, rules.earned(minutes, row.required_minutes), row.contact_hours)
    return _announced(unit, row, touch(unit, row, {"state": target.value}))


async def archive_activity(unit: Unit, activity_id: UUID) -> PLActivity:
    row = await get_activity(unit, activity_id, lock=True)
    must_lead(unit, row.org_id)
    return _announced(unit, row, archive_row(unit, row))


def _announced(unit: Unit, row: PLActivity, changed: tuple[str, ...]) -> PLActivity:
    announce(unit, "pl_activity.changed", "pl-activities", row, PLActivityState.of(row), changed)
    return show(unit, row)

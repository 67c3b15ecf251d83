from uuid import UUID

from sqlalchemy import delete, insert
from sqlmodel import col

from services.coaching.leading import leads
from services.coaching.pl_activities.models import PLActivity
from services.coaching.pl_activities.queries import visible_to as visible_activities
from services.coaching.pl_sessions.errors import PLSessionNotPlanned
from services.coaching.pl_sessions.models import Attended, PLSession
from services.coaching.pl_sessions.queries import attendance_of, visible_to
from services.coaching.pl_sessions.rules import State, moves_from
from services.coaching.pl_sessions.schemas import Delivery, PLAttendanceRead, PLSessionRead, PLSessionWrite
from services.coaching.references import check_people, check_person
from shared.contracts.coaching import PLSessionState
from shared.errors import FieldError, Forbidden, Invalid
from shared.routing import moment
from shared.units import Unit
from shared.writes import announce, check_version, load, put_row, repeated, show, stored_row, touch


async def put_session(unit: Unit, session_id: UUID, body: PLSessionWrite) -> PLSession:
    said = body.model_dump()
    stored = await stored_row(unit, PLSession, visible_to(unit.who), session_id)
    if done := repeated(unit, stored, said):
        return done
    await _may_run(unit, body.activity_id, stored.facilitator_id if stored else None)
    await check_person(unit, body.facilitator_id, "facilitator_id")
    if stored is not None and stored.activity_id != body.activity_id:
        raise Invalid(errors=[FieldError("#/activity_id", "fixed", "a session stays with its activity")])
    if stored is not None and stored.state != State.PLANNED:
        raise PLSessionNotPlanned(state=stored.state, possible=moves_from(stored.state))
    row, changed = await put_row(unit, PLSession, session_id, stored, said | {"state": State.PLANNED.value})
    announce(unit, "pl_session.planned", "pl-sessions", row, PLSessionState.of(row, attendance=[]), changed)
    return row


async def get_session(unit: Unit, session_id: UUID, *, lock: bool = False) -> PLSession:
    return await load(unit, visible_to(unit.who).where(col(PLSession.id) == session_id), lock=lock)


async def deliver(unit: Unit, session_id: UUID, body: Delivery) -> PLSession:
    """Record that the session took place and who was there; a second time corrects the attendance."""
    row = await get_session(unit, session_id, lock=True)
    await _may_run(unit, row.activity_id, row.facilitator_id)
    if "deliver" not in moves_from(row.state):
        raise PLSessionNotPlanned(state=row.state, possible=moves_from(row.state))
    check_version(unit, row.version)
    minutes = {a.person_id: a.minutes for a in body.attendance}
    if len(minutes) != len(body.attendance):
        raise Invalid(errors=[FieldError("#/attendance", "twice", "names somebody twice")])
    await check_people(unit, list(minutes), "attendance")
    await _replace_attendance(unit, session_id, minutes)
    at = row.delivered_at if row.delivered_at and body.delivered_at is None else moment(unit, body.delivered_at)
    if not touch(unit, row, {"state": State.DELIVERED.value, "delivered_at": at}):
        row.version += 1  # only the attendance is another
        row.updated_at = unit.now
    state = PLSessionState.of(row, attendance=[{"person_id": p, "minutes": m} for p, m in minutes.items()])
    announce(unit, "pl_session.delivered", "pl-sessions", row, state, ("state", "delivered_at", "attendance"))
    return show(unit, row)


async def cancel(unit: Unit, session_id: UUID) -> PLSession:
    row = await get_session(unit, session_id, lock=True)
    await _may_run(unit, row.activity_id, row.facilitator_id)
    if row.state != State.PLANNED:
        raise PLSessionNotPlanned(state=row.state, possible=moves_from(row.state))
    check_version(unit, row.version)
    changed = touch(unit, row, {"state": State.CANCELLED.value})
    announce(unit, "pl_session.cancelled", "pl-sessions", row, PLSessionState.of(row, attendance=[]), changed)
    return show(unit, row)


async def read_all(unit: Unit, rows: list[PLSession]) -> list[PLSessionRead]:
    """Add to each session the attendance that the caller may see."""
    attendance = await attendance_of(unit, [row.id for row in rows])
    orgs = await _orgs_of(unit, rows)
    return [
        PLSessionRead.model_validate(
            row.model_dump()
            | {
                "attendance": [
                    PLAttendanceRead.model_validate(a)
                    for a in attendance[row.id]
                    if leads(unit, orgs[row.activity_id]) or unit.who.acts_as(a.person_id, row.facilitator_id)
                ]
            }
        )
        for row in rows
    ]


async def _orgs_of(unit: Unit, rows: list[PLSession]) -> dict[UUID, UUID]:
    activities = {row.activity_id for row in rows}
    found = await unit.session.execute(visible_activities(unit.who).where(col(PLActivity.id).in_(activities)))
    return {activity.id: activity.org_id for activity in found.scalars()}


async def _replace_attendance(unit: Unit, session_id: UUID, minutes: dict[UUID, int]) -> None:
    key = {"district_id": unit.district_id, "session_id": session_id}
    await unit.session.execute(
        delete(Attended).where(col(Attended.district_id) == unit.district_id, col(Attended.session_id) == session_id)
    )
    if minutes:
        rows = [key | {"person_id": person, "minutes": attended} for person, attended in minutes.items()]
        await unit.session.execute(insert(Attended), rows)


async def _may_run(unit: Unit, activity_id: UUID, facilitator_id: UUID | None) -> None:
    """Let leaders of the offering organisation and the session's facilitator run it."""
    rows = await unit.session.execute(visible_activities(unit.who).where(col(PLActivity.id) == activity_id))
    activity = rows.scalar_one_or_none()
    if activity is None:
        raise Invalid(errors=[FieldError("#/activity_id", "unknown", "refers to no activity of this district")])
    if not leads(unit, activity.org_id) and not unit.who.acts_as(facilitator_id):
        raise Forbidden("only a leader of the offering school or district, or the facilitator, may change this")

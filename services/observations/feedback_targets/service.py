from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import col

from services.observations.expectations.counting import count_for
from services.observations.expectations.materialising import one_at_a_time, themselves
from services.observations.feedback_targets import rules
from services.observations.feedback_targets.models import FeedbackTarget
from services.observations.feedback_targets.queries import visible_to
from services.observations.feedback_targets.schemas import FeedbackTargetRead, FeedbackTargetWrite
from services.observations.staff.queries import is_staff, leaves_of
from services.observations.staff.rules import Leave
from services.observations.staff.telling import told_of_leaves
from shared.access.policies import GROWTH
from shared.contracts.state import State
from shared.errors import FieldError, Forbidden, Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, load, put_row, repeated, show, stored_row


async def put_target(unit: Unit, target_id: UUID, body: FeedbackTargetWrite) -> FeedbackTarget:
    values = body.model_dump() | {
        "by": sorted({kind.value for kind in body.by}), "subject": body.subject and body.subject.value,
    }  # fmt: skip
    # Before the row is locked: whoever counts takes them in this order too.
    await one_at_a_time(unit.connection, unit.district_id)
    stored = await stored_row(unit, FeedbackTarget, visible_to(unit.who), target_id)
    if done := repeated(unit, stored, values):
        return done
    if body.end_date is not None and body.end_date < body.begin_date:
        raise Invalid(errors=[FieldError("#/end_date", "order", "must not lie before begin_date")])
    _may_set(unit, *((body, stored) if stored else (body,)))
    await _is_there(unit, body)
    row, changed = await put_row(unit, FeedbackTarget, target_id, stored, values)
    if changed:
        await unit.session.flush()
        people = await themselves(unit.connection, unit.district_id, [row.teacher_id])
        await count_for(unit.connection, unit.district_id, people)
        await unit.session.refresh(row)
    return _announced(unit, row, changed)


async def get_target(unit: Unit, target_id: UUID, *, lock: bool = False) -> FeedbackTarget:
    return await load(unit, visible_to(unit.who).where(col(FeedbackTarget.id) == target_id), lock=lock)


async def archive_target(unit: Unit, target_id: UUID) -> FeedbackTarget:
    row = await get_target(unit, target_id, lock=True)
    _may_set(unit, row)
    return _announced(unit, row, archive_row(unit, row))


async def read_all(unit: Unit, rows: Sequence[FeedbackTarget], as_of: date | None) -> list[FeedbackTargetRead]:
    day = as_of or unit.now.date()
    told = await told_of_leaves(unit, FeedbackTarget, rows)
    teachers = {row.teacher_id for row in rows if row.id in told}
    leaves = await leaves_of(unit.connection, unit.district_id, teachers) if teachers else {}
    return [_read(row, day, leaves.get(row.teacher_id, ())) for row in rows]


async def read_one(unit: Unit, row: FeedbackTarget, as_of: date | None = None) -> FeedbackTargetRead:
    return (await read_all(unit, [row], as_of))[0]


def _read(row: FeedbackTarget, day: date, leaves: Sequence[Leave]) -> FeedbackTargetRead:
    return FeedbackTargetRead.model_validate(
        row.model_dump(exclude={"given", "district_id"})
        | {
            "as_of": day,
            "state": rules.state_on(row, day, leaves),
            "given": sum(one <= day for one in row.given),
            "last_given_on": rules.last_given(row, day),
            "due_date": rules.due_date(row, day, leaves),
        }
    )


def _may_set(unit: Unit, *targets: FeedbackTargetWrite | FeedbackTarget) -> None:
    """Ask it of what is said, and of what is there already: nobody turns one that is not theirs into one that is."""
    person = unit.who.person
    if person is None:
        return
    helped = person.supports(*GROWTH)
    if any(one.school_id not in person.led_orgs and one.teacher_id not in helped for one in targets):
        raise Forbidden("a target is set by who leads the school, or supports the person")


async def _is_there(unit: Unit, body: FeedbackTargetWrite) -> None:
    span = (body.begin_date, body.end_date)
    if not await is_staff(unit.connection, unit.district_id, body.teacher_id, body.school_id, *span):
        message = "is not staff of school_id on any day of the target"
        raise Invalid(errors=[FieldError("#/teacher_id", "not_assigned", message)])


def _announced(unit: Unit, row: FeedbackTarget, changed: tuple[str, ...]) -> FeedbackTarget:
    announce(unit, "feedback_target.changed", "feedback-targets", row, State.of(row), changed)
    return show(unit, row)

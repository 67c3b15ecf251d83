from uuid import UUID

from sqlmodel import col, select

from services.observations.frameworks.instruments import instrument_of
from services.observations.observations.errors import NotYoursToRecord
from services.observations.observations.models import Observation
from services.observations.observations.queries import of_visit
from services.observations.orgs import check_people
from services.observations.visits.errors import RatesAlready, StillBlind, VisitRated
from services.observations.visits.models import Visit
from services.observations.visits.queries import open_if_all_submitted, visible_to
from services.observations.visits.rules import agreement_of, table_of
from services.observations.visits.schemas import Rater, VisitRatings, VisitWrite
from shared.access.policies import OBSERVATIONS, VISITS
from shared.access.policy import Action, Of, may
from shared.contracts.state import State
from shared.errors import FieldError, Forbidden, Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, load, put_row, repeated, show, stored_row, touch


async def put_visit(unit: Unit, visit_id: UUID, body: VisitWrite) -> Visit:
    values = body.model_dump() | {"purpose": body.purpose.value, "observer_ids": sorted(body.observer_ids)}
    stored = await stored_row(unit, Visit, visible_to(unit.who), visit_id)
    if done := repeated(unit, stored, values):
        return done
    _may_plan(unit, body)
    await check_people(unit, body.school_id, teacher_id=[body.teacher_id], observer_ids=body.observer_ids)
    if await instrument_of(unit.connection, unit.district_id, body.framework_version_id) is None:
        raise Invalid(errors=[FieldError("#/framework_version_id", "unknown", "is no published framework version")])
    if stored is not None:
        _may_plan(unit, stored)
        if stored.purpose != body.purpose.value:
            raise Invalid(errors=[FieldError("#/purpose", "fixed", "was fixed when the visit was made")])
        await _check_unrated(unit, stored, body)
    row, changed = await put_row(unit, Visit, visit_id, stored, values)
    await unit.session.flush()
    await open_if_all_submitted(unit.connection, unit.district_id, visit_id, unit.now)
    await unit.session.refresh(row)
    return _announced(unit, row, changed)


async def hand_over(unit: Unit, rating: Observation, observer_id: UUID) -> None:
    """Let another observer rate the visit in place of the one whose rating she gets."""
    if rating.visit_id is None or rating.type == "self" or rating.rating_kind != "live":
        return
    found = select(Visit).where(col(Visit.district_id) == unit.district_id, col(Visit.id) == rating.visit_id)
    visit = await load(unit, found, lock=True)
    if observer_id in visit.observer_ids:
        raise RatesAlready
    observers = sorted({*visit.observer_ids, observer_id} - {rating.observer_id})
    _tell(unit, visit, touch(unit, visit, {"observer_ids": observers}))


async def get_visit(unit: Unit, visit_id: UUID, *, lock: bool = False) -> Visit:
    return await load(unit, visible_to(unit.who).where(col(Visit.id) == visit_id), lock=lock)


async def archive_visit(unit: Unit, visit_id: UUID) -> Visit:
    row = await get_visit(unit, visit_id, lock=True)
    _may_plan(unit, row)
    return _announced(unit, row, archive_row(unit, row))


async def ratings_of(unit: Unit, visit_id: UUID) -> VisitRatings:
    """Give what each observer said, to the observers, once all have submitted; of each purpose to those of it."""
    visit = await get_visit(unit, visit_id)
    if not unit.who.acts_as(*visit.observer_ids):
        raise Forbidden("what was rated is for those who rated this visit")
    if visit.opened_at is None:
        raise StillBlind
    rated = await _rated(unit, visit)
    return VisitRatings(
        visit_id=visit.id,
        raters=[
            Rater(observation_id=row.id, observer_id=row.observer_id, rating_kind=row.rating_kind, state=row.state)
            for row in rated
        ],
        indicators=table_of(rated),
        agreement=agreement_of(rated, as_of=unit.now),
    )


async def _rated(unit: Unit, visit: Visit) -> list[Observation]:
    rows = await of_visit(unit, visit.id)
    own = {row.purpose for row in rows if row.type != "self" and unit.who.acts_as(row.observer_id)}
    return [
        row
        for row in rows
        if (row.submitted_at is not None and row.state != "voided")
        and ((row.purpose in own and row.type != "self") or may(OBSERVATIONS, unit.who, Action.READ, Of(row)))
    ]


def _may_plan(unit: Unit, visit: VisitWrite | Visit) -> None:
    if unit.who.person is not None and not may(VISITS, unit.who, Action.RECORD, Of(visit)):
        raise NotYoursToRecord


async def _check_unrated(unit: Unit, stored: Visit, body: VisitWrite) -> None:
    """Once somebody has rated it, only who else is to rate may change, and that until it is open."""
    rated = await of_visit(unit, stored.id)
    same = (stored.teacher_id, stored.framework_version_id) == (body.teacher_id, body.framework_version_id)
    raters = {row.observer_id for row in rated if row.rating_kind == "live" and row.type != "self"}
    if rated and (not same or stored.opened_at is not None or raters - set(body.observer_ids)):
        raise VisitRated


def _announced(unit: Unit, row: Visit, changed: tuple[str, ...]) -> Visit:
    _tell(unit, row, changed)
    return show(unit, row)


def _tell(unit: Unit, row: Visit, changed: tuple[str, ...]) -> None:
    announce(unit, "visit.changed", "visits", row, State.of(row), changed)

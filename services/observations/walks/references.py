"""What a walk refers to: its look-fors, staff of the district, the classes of its school."""

from collections.abc import Iterable
from uuid import UUID

from services.observations.calendars.queries import levels_of
from services.observations.calendars.rules import local_day
from services.observations.classes.queries import classes_held
from services.observations.frameworks.instruments import instrument_of
from services.observations.frameworks.references import check_among
from services.observations.walks.models import LearningWalk
from services.observations.walks.schemas import FromRoster, WalkStopWrite
from shared.errors import FieldError, Invalid
from shared.units import Unit


def check_look_fors(walk: LearningWalk, named: Iterable[UUID | None], pointer: str) -> None:
    check_among(walk.look_for_ids, named, pointer, "is no look-for of this walk")


async def check_stop(unit: Unit, walk: LearningWalk, body: WalkStopWrite) -> None:
    """Hold marks and evidence against what the walk looks for, and marks against the kind of their look-for."""
    check_look_fors(walk, [mark.look_for_id for mark in body.marks], "#/marks/{}/look_for_id")
    check_look_fors(walk, [item.look_for_id for item in body.evidence], "#/evidence/{}/look_for_id")
    instrument = await instrument_of(unit.connection, unit.district_id, walk.framework_version_id)
    if instrument is None:
        raise LookupError("a walk has a published version")
    found = [instrument.misfit_of(f"#/marks/{n}", m.look_for_id, m.mark) for n, m in enumerate(body.marks)]
    if faults := [fault for fault in found if fault is not None]:
        raise Invalid(errors=faults)


async def asked_of_roster(unit: Unit, walk: LearningWalk, asked: FromRoster) -> FromRoster:
    """Say what is asked with its day: the walk's own where none is said."""
    if asked.day is not None:
        return asked
    levels = await levels_of(unit.connection, unit.district_id, [walk.school_id])
    day = local_day(levels.get(walk.school_id, ()), walk.scheduled_at or unit.now)
    return asked.model_copy(update={"day": day})


async def classes_of_roster(unit: Unit, walk: LearningWalk, asked: FromRoster | None) -> list[UUID]:
    if asked is None or asked.day is None:
        return []
    given = (asked.day, asked.period, asked.subject, asked.grade)
    found = await classes_held(unit.connection, unit.district_id, walk.school_id, *given)
    if not found:
        raise Invalid(errors=[FieldError("#/roster", "empty", "the roster has no such class of the school that day")])
    return found

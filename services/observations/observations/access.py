"""Who may record, change, answer and read an observation. Pure; the row filter for queries is in queries.py."""

from uuid import UUID

from services.observations.observations.errors import NotTheObserver, NotTheTeacher, NotYoursToRecord
from services.observations.observations.models import Observation
from services.observations.observations.rules import TEACHERS, Move, ObservationType, Purpose
from services.observations.observations.schemas import ObservationWrite, Withheld
from shared.access.principals import ActingPerson, Principal
from shared.errors import FieldError, Forbidden, Invalid

SUPPORTS = ("coaches", "evaluates", "supervises", "mentors")
READS_EVALUATIONS = "observations.read:evaluation"
LEADERS_SEE = (Purpose.WALK, Purpose.COACHING, Purpose.EVALUATION)
"""Of these a school's leaders see that they happened; research is nobody's business but the pair's."""


def observer_of(who: Principal, body: ObservationWrite) -> UUID:
    """Give the observer: the acting person, if she may observe there, or the one whom a backfilling machine names."""
    if who.person is None:
        if not who.has("backfill"):
            raise Forbidden(
                "observations are recorded by an acting person: send Throughline-Person", scopes=["backfill"]
            )
        if body.observer_id is None:
            raise Invalid(errors=[FieldError("#/observer_id", "missing", "says who observed, when no person acts")])
        return body.observer_id
    if body.observer_id is not None and not who.person.is_one_of(body.observer_id):
        raise NotTheObserver("an observation is recorded by its observer, who acts")
    if not _may_observe(who.person, body):
        raise NotYoursToRecord
    if not who.person.is_one_of(body.teacher_id) and (body.read_at or body.responded_at or body.response):
        raise NotTheTeacher("an observer does not answer for the teacher")
    return who.person.id


def _may_observe(person: ActingPerson, body: ObservationWrite) -> bool:
    if body.type is ObservationType.SELF:
        return person.is_one_of(body.teacher_id)
    if person.is_one_of(body.teacher_id):
        return False
    if body.school_id in person.led_orgs:
        return True
    if body.purpose is Purpose.EVALUATION:
        return body.teacher_id in person.supports("evaluates", "supervises")
    if body.type is ObservationType.PEER and body.school_id in person.orgs:
        return True
    return body.teacher_id in person.supports(*SUPPORTS)


def check_mover(who: Principal, row: Observation, move: Move | None) -> None:
    """Refuse whoever is not the one for this: the teacher reads and responds, all else is the observer's."""
    if who.person is None:
        if not who.has("backfill"):
            raise Forbidden("observations are moved by an acting person: send Throughline-Person", scopes=["backfill"])
    elif move in TEACHERS:
        if not who.person.is_one_of(row.teacher_id):
            raise NotTheTeacher
    elif not who.person.is_one_of(row.observer_id):
        raise NotTheObserver


def withheld(who: Principal, row: Observation) -> Withheld | None:
    """Say why the content is not for the one who asks, or None if it is."""
    if who.person is None:
        return None if _machine_reads(who, row.purpose) else Withheld.PURPOSE
    if who.person.is_one_of(row.observer_id):
        return None
    if who.person.is_one_of(row.teacher_id):
        return None if row.shared_at is not None else Withheld.NOT_SHARED
    if row.purpose == Purpose.EVALUATION and _evaluates(who.person, row):
        return None if row.submitted_at is not None else Withheld.NOT_SHARED
    return Withheld.PURPOSE


def _evaluates(person: ActingPerson, row: Observation) -> bool:
    return row.school_id in person.led_orgs or row.teacher_id in person.supports("evaluates")


def _machine_reads(who: Principal, purpose: str) -> bool:
    if purpose == Purpose.EVALUATION:
        return who.has(READS_EVALUATIONS)
    return purpose in {Purpose.WALK, Purpose.RESEARCH}

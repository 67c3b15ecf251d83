"""Who may record, change, answer and read an observation, by the policy. Pure; `who` is as of the day that counts."""

from uuid import UUID

from services.observations.observations.errors import (
    KeptFromYou,
    NotTheObserver,
    NotTheTeacher,
    NotYourSide,
    NotYoursToRecord,
)
from services.observations.observations.models import Observation
from services.observations.observations.rules import SIDES, Move, Purpose, Side
from services.observations.observations.schemas import ObservationWrite, Withheld
from shared.access.policies import OBSERVATIONS
from shared.access.policy import Action, Because, Of, judge, may
from shared.access.principals import ActingPerson, Principal
from shared.errors import FieldError, Forbidden, Invalid


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
    check_recording(who, body)
    if not who.person.is_one_of(body.teacher_id) and (body.read_at or body.responded_at or body.response):
        raise NotTheTeacher("an observer does not answer for the teacher")
    return who.person.id


def check_recording(who: Principal, observation: ObservationWrite | Observation) -> None:
    """Refuse whoever may not observe there, or not for that purpose, on the day for which `who` was loaded."""
    if who.person is not None and not may(OBSERVATIONS, who, Action.RECORD, Of(observation)):
        raise NotYoursToRecord


def check_mover(who: Principal, row: Observation, move: Move | None) -> None:
    """Refuse whoever is not on the side whose move it is; None is a change of the record, which is the observer's."""
    if who.person is None:
        if not who.has("backfill"):
            raise Forbidden("observations are moved by an acting person: send Throughline-Person", scopes=["backfill"])
        return
    side = SIDES[move] if move else Side.OBSERVER
    sides = {Side.OBSERVER: row.observer_id, Side.OBSERVED: row.teacher_id}
    mine = {name for name, person in sides.items() if who.person.is_one_of(person)}
    if side is Side.OBSERVED and side not in mine:
        raise NotTheTeacher
    if move is Move.REASSIGN and row.school_id in who.person.led_orgs:
        check_recording(who, row)  # who leads the school and could have recorded it
        return
    if side is Side.OBSERVER and not may(OBSERVATIONS, who, Action.CHANGE, Of(row)):
        raise NotTheObserver
    if not mine or (side is Side.OTHER and len(mine) == 1 and row.unlock_asked_by in mine):
        raise NotYourSide


def check_taking(who: Principal, row: Observation, person: ActingPerson) -> None:
    """Refuse whoever would hand to herself what is kept from her by its purpose: coaching is read by the pair alone."""
    is_hers = who.person is not None and person.is_one_of(who.person.id)
    if is_hers and withheld(who, row) is Withheld.PURPOSE:
        raise KeptFromYou


def is_judged(row: Observation, move: Move | None) -> bool:
    """Say whether a move asks once more for the right to observe: to begin, and all that makes an evaluation count."""
    return move is Move.START or (row.purpose == Purpose.EVALUATION and move in {Move.SUBMIT, Move.SHARE, Move.LOCK})


def withheld(who: Principal, row: Observation) -> Withheld | None:
    """Say why the content is not for the one who asks, or None if it is."""
    decision = judge(OBSERVATIONS, who, Action.READ, Of(row))
    if decision.granted:
        return None
    if row.blind and row.purpose == Purpose.EVALUATION and not who.acts_as(row.teacher_id):
        return Withheld.BLIND
    return Withheld.NOT_SHARED if decision.because is Because.NOT_SHARED else Withheld.PURPOSE

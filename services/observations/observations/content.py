"""Whether what was recorded fits together, and fits the framework version that it was recorded with. Pure."""

from collections.abc import Container, Iterator, Sequence
from uuid import UUID

from services.observations.frameworks.errors import ScoresForbidden
from services.observations.frameworks.rules import Instrument
from services.observations.observations.rules import RatingKind, fits, fits_lane, lane_of
from services.observations.observations.schemas import ObservationWrite
from shared.errors import FieldError, Invalid

NO_INSTRUMENT = Instrument()
_REPORTED = 20


def check_shape(body: ObservationWrite, items: Container[UUID] = ()) -> None:
    """Refuse what contradicts itself, whatever the framework says. `items`: evidence that feedback may cite, too."""
    if faults := list(_faults_of(body, items)):
        raise Invalid(errors=faults[:_REPORTED])


def check_instrument(body: ObservationWrite, instrument: Instrument) -> None:
    """Refuse scores, marks and codes that the framework version does not know, and any score where it forbids them."""
    if body.scores and instrument.forbids_scores:
        raise ScoresForbidden
    if faults := list(_unknown(body, instrument)):
        raise Invalid(errors=faults[:_REPORTED])


def cites_items(body: ObservationWrite) -> bool:
    """Say whether feedback stands on something else than lines of the script."""
    return body.feedback is not None and not set(body.feedback.evidence) <= {line.id for line in body.script}


def uses_instrument(body: ObservationWrite) -> bool:
    return bool(body.scores or body.look_fors or any(line.codes for line in body.script))


def _faults_of(body: ObservationWrite, items: Container[UUID]) -> Iterator[FieldError]:
    if not fits(body.purpose, body.type):
        yield FieldError("#/purpose", "type", f"an observation of type {body.type} is never part of an evaluation")
    if not fits_lane(body.purpose, lane_of(body.purpose, body.lane)):
        yield FieldError("#/lane", "purpose", f"an observation for {body.purpose} is not in this lane")
    if body.rating_kind is RatingKind.CONSENSUS and body.visit_id is None:
        yield FieldError("#/visit_id", "missing", "names the visit that several observers rated")
    if body.scheduled_at and body.scheduled_end_at and body.scheduled_end_at < body.scheduled_at:
        yield FieldError("#/scheduled_end_at", "order", "must not lie before scheduled_at")
    if body.framework_version_id is None and uses_instrument(body):
        yield FieldError("#/framework_version_id", "missing", "names the framework of scores, look-fors and codes")
    if body.state == "scheduled" and (body.script or body.scores or body.look_fors or body.feedback):
        yield FieldError(
            "#/state", "content", "what is only scheduled has no content yet: say in_progress or submitted"
        )
    yield from _repeated("#/script/{}/id", [line.id for line in body.script])
    yield from _repeated("#/scores/{}/indicator_id", [score.indicator_id for score in body.scores])
    yield from _repeated("#/look_fors/{}/look_for_id", [mark.look_for_id for mark in body.look_fors])
    if body.feedback is not None:
        yield from _repeated("#/feedback/evidence/{}", body.feedback.evidence)
        lines = {line.id for line in body.script}
        for number, one in enumerate(body.feedback.evidence):
            if one not in lines and one not in items:
                message = "is no line of the script, nor a shared evidence item of this observation"
                yield FieldError(f"#/feedback/evidence/{number}", "unknown", message)


def _repeated(pointer: str, ids: Sequence[UUID]) -> Iterator[FieldError]:
    if len(set(ids)) == len(ids):
        return
    for number, id_ in enumerate(ids):
        if id_ in ids[:number]:
            yield FieldError(pointer.format(number), "twice", "stands there twice")


def _unknown(body: ObservationWrite, instrument: Instrument) -> Iterator[FieldError]:
    for number, score in enumerate(body.scores):
        ordinals = instrument.levels.get(score.indicator_id)
        if ordinals is None:
            yield FieldError(f"#/scores/{number}/indicator_id", "unknown", "is no indicator of this framework version")
        elif isinstance(score.level, int) and score.level not in ordinals:
            yield FieldError(f"#/scores/{number}/level", "unknown", "is no level of this indicator")
    for number, mark in enumerate(body.look_fors):
        if fault := instrument.misfit_of(f"#/look_fors/{number}", mark.look_for_id, mark.mark):
            yield fault
    for number, line in enumerate(body.script):
        for place, code in enumerate(line.codes):
            if not _is_known(code, instrument):
                pointer = f"#/script/{number}/codes/{place}"
                yield FieldError(pointer, "unknown", "is no indicator or look-for of this framework version")


def _is_known(code: UUID, instrument: Instrument) -> bool:
    return code in instrument.levels or code in instrument.look_fors

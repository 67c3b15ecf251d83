from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col

from services.observations.evidence_links.models import EvidenceLink
from services.observations.evidence_links.queries import visible_to
from services.observations.evidence_links.rules import Source, Target, may_inform
from services.observations.evidence_links.schemas import EvidenceLinkWrite
from services.observations.observations.models import Observation
from services.observations.observations.queries import visible_to as visible_observations
from services.observations.walks.queries import walks_with
from shared.contracts.observations import EvidenceLinkState
from shared.errors import FieldError, Forbidden, Invalid
from shared.routing import moment
from shared.units import Unit
from shared.writes import announce, archive_row, load, put_row, repeated, show, stored_row


@dataclass(frozen=True, slots=True)
class _Source:
    """What a link starts from: the observation, or the walk (also of a pattern), and since when there is evidence."""

    since: datetime | None
    walk_id: UUID | None = None
    observation: Observation | None = None


async def put_link(unit: Unit, link_id: UUID, body: EvidenceLinkWrite) -> EvidenceLink:
    said = body.model_dump(exclude=None if body.linked_at else {"linked_at"}) | _values(body)
    stored = await stored_row(unit, EvidenceLink, visible_to(unit.who), link_id)
    if done := repeated(unit, stored, said):
        return done
    source = await _check_source(unit, body)
    check_firewall(body.target_kind, source.observation)
    if stored is not None:
        await _check_source(unit, EvidenceLinkWrite.model_validate(stored.model_dump(include=_GIVEN), strict=False))
    values = said | {"walk_id": source.walk_id, "linked_at": _linked_at(unit, body, stored, source)}
    row, changed = await put_row(unit, EvidenceLink, link_id, stored, values)
    return _announced(unit, row, changed)


def _linked_at(unit: Unit, body: EvidenceLinkWrite, stored: EvidenceLink | None, source: _Source) -> datetime:
    """Take the moment that is told; else a link that leads where it led keeps its own, and any other is of now."""
    same = stored is not None and all(getattr(stored, name) == getattr(body, name) for name in _ENDS)
    kept = stored.linked_at if stored is not None and same else None
    if body.linked_at in {None, kept}:
        return kept or unit.now
    at: datetime = moment(unit, body.linked_at, name="linked_at")
    if source.since is None or at < source.since:
        raise Invalid(errors=[FieldError("#/linked_at", "order", "lies before the evidence that it starts from")])
    return at


async def get_link(unit: Unit, link_id: UUID, *, lock: bool = False) -> EvidenceLink:
    return await load(unit, visible_to(unit.who).where(col(EvidenceLink.id) == link_id), lock=lock)


async def archive_link(unit: Unit, link_id: UUID) -> EvidenceLink:
    row = await get_link(unit, link_id, lock=True)
    await _check_source(unit, EvidenceLinkWrite.model_validate(row.model_dump(include=_GIVEN), strict=False))
    return _announced(unit, row, archive_row(unit, row))


_GIVEN = set(EvidenceLinkWrite.model_fields)
_ENDS = ("source_kind", "source_id", "target_kind", "target_id")


def _values(body: EvidenceLinkWrite) -> dict[str, str]:
    return {"source_kind": body.source_kind.value, "target_kind": body.target_kind.value}


def check_firewall(target: Target, observation: Observation | None) -> None:
    """Refuse an evaluation whatever was not announced as its own."""
    purpose, announced, is_observed = None, None, False
    if observation is not None:
        purpose, announced = observation.purpose, observation.announced
        is_observed = observation.observed_at is not None
    if not may_inform(target, purpose, announced=announced, is_observed=is_observed):
        message = "takes only what was observed for an evaluation, and announced before"
        raise Invalid(errors=[FieldError("#/target_kind", "firewall", message)])


async def _check_source(unit: Unit, body: EvidenceLinkWrite) -> _Source:
    """Let those who made the evidence say what it informed: the walk's team, the observer. A machine may, too.

    The source is held until the link is written, so that nobody leaves the team, or archives it, in between; several
    links of one source do not wait for each other.
    """
    person = unit.who.person
    if body.source_kind is Source.OBSERVATION:
        observations = visible_observations(unit.who).where(col(Observation.id) == body.source_id)
        observation = (await unit.session.execute(observations.with_for_update(read=True))).scalar_one_or_none()
        makers = None if observation is None else [observation.observer_id]
        source = _Source(observation.observed_at, observation=observation) if observation else None
    else:
        walks = walks_with(unit.who, body.source_id, of_pattern=body.source_kind is Source.PATTERN)
        walk = (await unit.session.execute(walks.with_for_update(read=True))).scalar_one_or_none()
        makers = None if walk is None else walk.team_ids
        source = _Source(walk.started_at, walk_id=walk.id) if walk else None
    if source is None or makers is None:
        raise Invalid(errors=[FieldError("#/source_id", "unknown", "refers to nothing that you see")])
    if person is not None and not person.is_one_of(*makers):
        raise Forbidden("only the walk's team or the observer may say what it informed")
    return source


def _announced(unit: Unit, row: EvidenceLink, changed: tuple[str, ...]) -> EvidenceLink:
    announce(unit, "evidence_link.changed", "evidence-links", row, EvidenceLinkState.of(row), changed)
    return show(unit, row)

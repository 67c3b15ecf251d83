from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col

from services.observations.evidence_items.errors import EvidenceCited, NotTheAuthor
from services.observations.evidence_items.models import EvidenceItem
from services.observations.evidence_items.queries import is_claimed, visible_to
from services.observations.evidence_items.rules import faults_of, sha256_of, span_of
from services.observations.evidence_items.schemas import EvidenceItemWrite, EvidenceKind
from services.observations.frameworks.instruments import instrument_of
from services.observations.observations.holding import held_for_both
from services.observations.observations.models import Observation
from shared.contracts.state import State
from shared.errors import FieldError, Forbidden, Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, load, put_row, repeated, show, stored_row

_LEEWAY = timedelta(minutes=5)


async def put_item(unit: Unit, item_id: UUID, body: EvidenceItemWrite) -> EvidenceItem:
    stored = await stored_row(unit, EvidenceItem, visible_to(unit.who), item_id)
    if done := repeated(unit, stored, _said(body)):
        return done
    author = _author(unit, stored)
    observation = await _writable(unit, body.observation_id, stored)
    values = await _values(unit, body, observation, author, stored)
    row, changed = await put_row(unit, EvidenceItem, item_id, stored, values)
    return _announced(unit, row, changed)


async def get_item(unit: Unit, item_id: UUID, *, lock: bool = False) -> EvidenceItem:
    return await load(unit, visible_to(unit.who).where(col(EvidenceItem.id) == item_id), lock=lock)


async def archive_item(unit: Unit, item_id: UUID) -> EvidenceItem:
    row = await get_item(unit, item_id, lock=True)
    _author(unit, row)
    if row.archived_at is None:
        await _writable(unit, row.observation_id, row)
    return _announced(unit, row, archive_row(unit, row))


def _said(body: EvidenceItemWrite) -> dict[str, Any]:
    """Give what the body says by itself; the words and the time of a span are the line's."""
    ours = {"text", "at"} if body.kind is EvidenceKind.SCRIPT else {"at"} if body.at is None else set()
    return body.model_dump(exclude=ours)


def _author(unit: Unit, stored: EvidenceItem | None) -> UUID:
    if unit.who.person is None:
        raise Forbidden("evidence has an author: send Throughline-Person")
    if stored is not None and not unit.who.person.is_one_of(stored.author_id):
        raise NotTheAuthor
    return stored.author_id if stored else unit.who.person.id


async def _writable(unit: Unit, observation_id: UUID, stored: EvidenceItem | None) -> Observation:
    if stored is not None and stored.observation_id != observation_id:
        raise Invalid(errors=[FieldError("#/observation_id", "fixed", "does not change")])
    observation = await held_for_both(unit, observation_id)
    if stored is not None and str(stored.id) in (observation.feedback or {"evidence": ()})["evidence"]:
        raise EvidenceCited
    if stored is not None and await is_claimed(unit.connection, unit.district_id, stored.id):
        raise EvidenceCited
    return observation


async def _values(
    unit: Unit, body: EvidenceItemWrite, observation: Observation, author: UUID, stored: EvidenceItem | None
) -> dict[str, Any]:
    version = observation.framework_version_id
    instrument = await instrument_of(unit.connection, unit.district_id, version) if version else None
    if faults := list(faults_of(body, instrument)):
        raise Invalid(errors=faults)
    values = body.model_dump() | {"author_id": author, "kind": body.kind.value, "visibility": body.visibility.value}
    if body.kind is EvidenceKind.SCRIPT:
        span = span_of(body, observation.script)
        if isinstance(span, FieldError):
            raise Invalid(errors=[span])
        values |= {"text": span[0], "at": datetime.fromisoformat(span[1])}
    elif body.at is None:
        values["at"] = stored.at if stored else unit.now
    elif body.at > unit.now + _LEEWAY:
        raise Invalid(errors=[FieldError("#/at", "future", "must not lie in the future")])
    return values | {"sha256": sha256_of(values)}


def _announced(unit: Unit, row: EvidenceItem, changed: tuple[str, ...]) -> EvidenceItem:
    announce(unit, "evidence_item.changed", "evidence-items", row, State.of(row), changed)
    return show(unit, row)

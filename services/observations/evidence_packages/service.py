from typing import Any
from uuid import UUID

from sqlmodel import col

from services.observations.evidence_items.models import EvidenceItem
from services.observations.evidence_items.queries import visible_to as visible_items
from services.observations.evidence_items.schemas import Visibility
from services.observations.evidence_packages.models import EvidencePackage
from services.observations.evidence_packages.queries import published, visible_to
from services.observations.evidence_packages.rules import claimed, descriptor_of, evidence_faults
from services.observations.evidence_packages.schemas import EvidencePackageWrite
from services.observations.frameworks.errors import ScoresForbidden
from services.observations.frameworks.instruments import instrument_of
from services.observations.observations.holding import held_for_observer
from services.observations.observations.models import Observation
from shared.contracts.state import State
from shared.errors import FieldError, Forbidden, Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, load, put_row, repeated, show, stored_row


async def put_package(unit: Unit, package_id: UUID, body: EvidencePackageWrite) -> EvidencePackage:
    stored = await stored_row(unit, EvidencePackage, visible_to(unit.who), package_id)
    if done := repeated(unit, stored, body.model_dump()):
        return done
    observation = await _writable(unit, body.observation_id, stored)
    values = await _values(unit, body, observation)
    row, changed = await put_row(unit, EvidencePackage, package_id, stored, values)
    return _announced(unit, row, changed)


async def get_package(unit: Unit, package_id: UUID, *, lock: bool = False) -> EvidencePackage:
    return await load(unit, visible_to(unit.who).where(col(EvidencePackage.id) == package_id), lock=lock)


async def archive_package(unit: Unit, package_id: UUID) -> EvidencePackage:
    row = await get_package(unit, package_id, lock=True)
    await _writable(unit, row.observation_id, row)
    return _announced(unit, row, archive_row(unit, row))


async def _writable(unit: Unit, observation_id: UUID, stored: EvidencePackage | None) -> Observation:
    """Load the observation. What its evidence shows is its observer's to claim."""
    if stored is not None and stored.observation_id != observation_id:
        raise Invalid(errors=[FieldError("#/observation_id", "fixed", "does not change")])
    if unit.who.person is None:
        raise Forbidden("a claim has an author: send Throughline-Person")
    return await held_for_observer(unit, observation_id)


async def _values(unit: Unit, body: EvidencePackageWrite, observation: Observation) -> dict[str, Any]:
    version = observation.framework_version_id
    if version is None:
        raise Invalid(errors=[FieldError("#/indicator_id", "unknown", "the observation has no framework")])
    instrument = await instrument_of(unit.connection, unit.district_id, version)
    if instrument is not None and instrument.forbids_scores:
        raise ScoresForbidden
    descriptor = descriptor_of(await published(unit, version), body.indicator_id, body.level)
    claim = descriptor if isinstance(descriptor, FieldError) else claimed(body, descriptor)
    if isinstance(claim, FieldError):
        raise Invalid(errors=[claim])
    items = visible_items(unit.who).where(
        col(EvidenceItem.observation_id) == observation.id,
        col(EvidenceItem.archived_at).is_(None),
        col(EvidenceItem.visibility) == Visibility.SHARED.value,  # who reads the claim reads what it stands on
    )
    known = {item.id: set(item.codes) for item in (await unit.session.execute(items)).scalars()}
    if faults := list(evidence_faults(body, known)):
        raise Invalid(errors=faults)
    return body.model_dump() | {"claim": claim, "author_id": observation.observer_id}


def _announced(unit: Unit, row: EvidencePackage, changed: tuple[str, ...]) -> EvidencePackage:
    announce(unit, "evidence_package.changed", "evidence-packages", row, State.of(row), changed)
    return show(unit, row)

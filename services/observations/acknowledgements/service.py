from datetime import date
from uuid import UUID

from sqlmodel import col

from services.observations.acknowledgements import queries, rules
from services.observations.acknowledgements.errors import NotToBeAcknowledged
from services.observations.acknowledgements.models import Acknowledgement
from services.observations.acknowledgements.schemas import (
    AcknowledgementCreate,
    AcknowledgementShares,
    SchoolShare,
)  # fmt: skip
from services.observations.frameworks.schemas import VersionState
from services.observations.frameworks.service import get_version
from shared.clock import new_id
from shared.contracts.observations import AcknowledgementState
from shared.errors import Forbidden
from shared.units import Unit
from shared.writes import announce, load, show


async def acknowledge(unit: Unit, body: AcknowledgementCreate) -> Acknowledgement:
    """Note that the acting person has read the version. The second time it is done already, also under a lock."""
    if unit.who.person is None:
        raise Forbidden("what was read is acknowledged by the acting person: send Throughline-Person")
    version, _ = await get_version(unit, body.framework_version_id)
    person = unit.who.person
    await unit.connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"acknowledge/{unit.district_id}/{person.id}"
    )
    mine = queries.visible_to(unit.who).where(col(Acknowledgement.framework_version_id) == version.id)
    done = (await unit.session.execute(mine.order_by(col(Acknowledgement.id)).limit(1))).scalar_one_or_none()
    if done is not None:
        return show(unit, done)
    if version.state != VersionState.PUBLISHED:
        raise NotToBeAcknowledged(state=version.state)
    row = Acknowledgement(
        district_id=unit.district_id,
        id=new_id(),
        framework_version_id=version.id,
        person_id=person.id,
        created_at=unit.now,
        updated_at=unit.now,
        acknowledged_at=unit.now,
    )
    unit.session.add(row)
    state = AcknowledgementState.of(row)
    announce(unit, "acknowledgement.made", "acknowledgements", row, state, ("framework_version_id", "person_id"))
    return show(unit, row, status=201)


async def get_acknowledgement(unit: Unit, acknowledgement_id: UUID) -> Acknowledgement:
    return await load(unit, queries.visible_to(unit.who).where(col(Acknowledgement.id) == acknowledgement_id))


async def shares(unit: Unit, version_id: UUID, as_of: date | None, n_min: int) -> AcknowledgementShares:
    version, _ = await get_version(unit, version_id)
    day = as_of or unit.now.date()
    found = rules.shares(await queries.tallies(unit, version.id, day), n_min)
    return AcknowledgementShares(
        framework_version_id=version.id,
        as_of=day,
        n_min=n_min,
        method_version=rules.SHARE,
        data=[SchoolShare.model_validate(one) for one in found],
    )

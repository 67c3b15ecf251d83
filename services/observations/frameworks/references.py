"""What others refer to: a version that is published, and not retired, and its look-fors."""

from datetime import datetime
from uuid import UUID

from services.observations.frameworks.errors import FrameworkVersionRetired
from services.observations.frameworks.instruments import instrument_of
from services.observations.frameworks.schemas import LookForKind
from shared.errors import FieldError, Invalid
from shared.units import Unit


async def check_version_published(unit: Unit, version_id: UUID, look_for_ids: list[UUID]) -> None:
    instrument = await instrument_of(unit.connection, unit.district_id, version_id)
    if instrument is None:
        raise Invalid(errors=[FieldError("#/framework_version_id", "unknown", "names no published version")])
    if any(instrument.look_fors.get(one) is not LookForKind.SEEN for one in look_for_ids):
        message = "names what is no look-for of that version to be seen or not"
        raise Invalid(errors=[FieldError("#/look_for_ids", "unknown", message)])


async def check_not_retired(unit: Unit, version_id: UUID, at: datetime | None = None) -> None:
    """Refuse to begin with a version that was retired by then; what happened before still takes it."""
    retired_at = await unit.connection.fetchval(
        "select retired_at from observations.framework_versions where district_id = $1 and id = $2",
        unit.district_id,
        version_id,
    )
    if retired_at is not None and retired_at <= (at or unit.now):
        raise FrameworkVersionRetired

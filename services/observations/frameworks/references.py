"""What others refer to: a version that is published, and not retired, and its look-fors."""

from collections.abc import Container, Iterable
from datetime import datetime
from uuid import UUID

from services.observations.frameworks.errors import FrameworkVersionRetired
from services.observations.frameworks.instruments import instrument_of
from shared.errors import FieldError, Invalid
from shared.units import Unit


async def check_version_published(unit: Unit, version_id: UUID, look_for_ids: list[UUID]) -> None:
    instrument = await instrument_of(unit.connection, unit.district_id, version_id)
    if instrument is None:
        raise Invalid(errors=[FieldError("#/framework_version_id", "unknown", "names no published version")])
    check_among(instrument.look_fors, look_for_ids, "#/look_for_ids/{}", "is no look-for of that version")


def check_among(known: Container[UUID], named: Iterable[UUID | None], pointer: str, message: str) -> None:
    unknown = (number for number, one in enumerate(named) if one is not None and one not in known)
    if faults := [FieldError(pointer.format(number), "unknown", message) for number in unknown]:
        raise Invalid(errors=faults)


async def check_not_retired(unit: Unit, version_id: UUID, at: datetime | None = None) -> None:
    """Refuse to begin with a version that was retired by then; what happened before still takes it."""
    retired_at = await unit.connection.fetchval(
        "select retired_at from observations.framework_versions where district_id = $1 and id = $2",
        unit.district_id,
        version_id,
    )
    if retired_at is not None and retired_at <= (at or unit.now):
        raise FrameworkVersionRetired

from uuid import UUID

from sqlmodel import col

from services.observations.framework_enablements import queries
from services.observations.framework_enablements.errors import FrameworkEnablementOverlaps
from services.observations.framework_enablements.models import FrameworkEnablement
from services.observations.framework_enablements.queries import visible_to
from services.observations.framework_enablements.schemas import (
    EnabledQuery,
    EnabledVersion,
    EnabledVersions,
    FrameworkEnablementWrite,
)
from services.observations.frameworks.queries import published_framework_of
from services.observations.observations.rules import Subject
from services.observations.orgs import is_org, leads_district
from shared.contracts.observations import FrameworkEnablementState
from shared.errors import FieldError, Forbidden, Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, load, put_row, repeated, show, stored_row


async def put_enablement(unit: Unit, row_id: UUID, body: FrameworkEnablementWrite) -> FrameworkEnablement:
    values = body.model_dump() | {"role": body.role.value if body.role else None}
    stored = await stored_row(unit, FrameworkEnablement, visible_to(unit.who), row_id)
    if done := repeated(unit, stored, values):
        return done
    await _must_lead(unit, body.org_id)
    if stored is not None:
        await _must_lead(unit, stored.org_id)
    framework_id = await _framework_of(unit, body)
    await unit.connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"enable/{unit.district_id}/{framework_id}"
    )
    # An archived row holds nowhere, so it stands in nobody's way.
    if stored is None or stored.archived_at is None:
        other = await queries.overlapping(unit, row_id, framework_id, body)
        if other is not None:
            raise FrameworkEnablementOverlaps(other=other.id, framework_version_id=other.framework_version_id)
    row, changed = await put_row(unit, FrameworkEnablement, row_id, stored, values | {"framework_id": framework_id})
    return _announced(unit, row, changed)


async def get_enablement(unit: Unit, row_id: UUID, *, lock: bool = False) -> FrameworkEnablement:
    return await load(unit, visible_to(unit.who).where(col(FrameworkEnablement.id) == row_id), lock=lock)


async def archive_enablement(unit: Unit, row_id: UUID) -> FrameworkEnablement:
    row = await get_enablement(unit, row_id, lock=True)
    await _must_lead(unit, row.org_id)
    return _announced(unit, row, archive_row(unit, row))


async def enabled(unit: Unit, query: EnabledQuery) -> EnabledVersions:
    """Say what is enabled for whom on a day, as an observation on that day would be held against it."""
    day = query.as_of or unit.now.date()
    roles = [role.value for role in Subject if query.role in {None, role}]
    rows = await queries.enabled(unit, day, query.school_id, roles)
    return EnabledVersions(
        as_of=day,
        restricted=await queries.is_restricted(unit, day),
        data=[EnabledVersion.model_validate(row) for row in rows],
    )


async def _framework_of(unit: Unit, body: FrameworkEnablementWrite) -> UUID:
    framework_id = await published_framework_of(unit, body.framework_version_id)
    if framework_id is None:
        raise Invalid(errors=[FieldError("#/framework_version_id", "unknown", "names no published version")])
    if body.org_id is not None and not await is_org(unit, body.org_id):
        raise Invalid(errors=[FieldError("#/org_id", "unknown", "refers to no organisation of this district")])
    return framework_id


async def _must_lead(unit: Unit, org_id: UUID | None) -> None:
    person = unit.who.person
    if person is None or org_id in person.led_orgs or (org_id is None and await leads_district(unit, person)):
        return
    raise Forbidden("only who leads there says what is enabled there; everywhere, only who leads the district")


def _announced(unit: Unit, row: FrameworkEnablement, changed: tuple[str, ...]) -> FrameworkEnablement:
    state = FrameworkEnablementState.of(row)
    announce(unit, "framework_enablement.changed", "framework-enablements", row, state, changed)
    return show(unit, row)

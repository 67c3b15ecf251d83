from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.districts.orgs.service import check_orgs
from services.districts.people.models import Person
from services.districts.relationships import rules
from services.districts.relationships.models import Relationship
from services.districts.relationships.queries import visible_to
from services.districts.relationships.schemas import RelationshipPatch, RelationshipWrite
from services.districts.tables import MANUAL
from shared.contracts.districts import RelationshipState
from shared.errors import FieldError, Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, change_row, changes, load, put_row, repeated, show, stored_row


async def put_relationship(unit: Unit, relationship_id: UUID, body: RelationshipWrite) -> Relationship:
    """Create or replace by hand. One that followed from a role is by hand from then on; it still ends with the role."""
    values = body.model_dump() | {"kind": body.kind.value}
    stored = await stored_row(unit, Relationship, visible_to(unit.who), relationship_id)
    if done := repeated(unit, stored, values):
        return done
    await _check(unit, values)
    row, changed = await put_row(unit, Relationship, relationship_id, stored, values | {"source": MANUAL})
    return _announced(unit, row, changed)


async def get_relationship(unit: Unit, relationship_id: UUID, *, lock: bool = False) -> Relationship:
    return await load(unit, visible_to(unit.who).where(col(Relationship.id) == relationship_id), lock=lock)


async def patch_relationship(unit: Unit, relationship_id: UUID, patch: RelationshipPatch) -> Relationship:
    row = await get_relationship(unit, relationship_id, lock=True)
    values = patch.model_dump(exclude_unset=True)
    if changes(row, values):
        values = row.model_dump(include=set(RelationshipWrite.model_fields)) | values
        values |= {"kind": str(values["kind"]), "source": MANUAL}
        await _check(unit, values)
    return _announced(unit, row, await change_row(unit, row, values))


async def archive_relationship(unit: Unit, relationship_id: UUID) -> Relationship:
    """Archive by hand, for good: no import brings it back, even if the role that it followed from lives on."""
    row = await get_relationship(unit, relationship_id, lock=True)
    changed = archive_row(unit, row)
    if changed:
        row.source = MANUAL
    return _announced(unit, row, changed)


async def _check(unit: Unit, values: dict[str, Any]) -> None:
    if errors := rules.faults(values):
        raise Invalid(errors=errors)
    await check_orgs(unit, {"#/org_id": values["org_id"]})
    people = {f"#/{name}": values[name] for name in ("person_id", "target_person_id") if values[name] is not None}
    statement = select(Person.id).where(
        col(Person.district_id) == unit.district_id, col(Person.id).in_(people.values()), col(Person.is_staff)
    )
    known = set((await unit.session.execute(statement)).scalars())
    unknown = [
        FieldError(pointer, "unknown", "is no member of staff of this district")
        for pointer, person in people.items()
        if person not in known
    ]
    if unknown:
        raise Invalid(errors=unknown)


def _announced(unit: Unit, row: Relationship, changed: tuple[str, ...]) -> Relationship:
    state = RelationshipState(
        id=row.id, version=row.version, archived=row.archived_at is not None, person_id=row.person_id, kind=row.kind,
        org_id=row.org_id, target_person_id=row.target_person_id, begin_date=row.begin_date, end_date=row.end_date,
    )  # fmt: skip
    announce(unit, "relationship.changed", "relationships", row, state.model_dump(), changed)
    return show(unit, row)

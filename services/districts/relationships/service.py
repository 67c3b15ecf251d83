from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.districts.changing import relationships_follow
from services.districts.orgs.service import check_orgs
from services.districts.references import check_staff
from services.districts.relationships import queries, rules
from services.districts.relationships.deriving import lock
from services.districts.relationships.errors import RelationshipNotWithdrawn, RelationshipOverlaps
from services.districts.relationships.models import Relationship
from services.districts.relationships.queries import visible_to
from services.districts.relationships.schemas import RelationshipPatch, RelationshipWrite
from services.districts.tables import MANUAL, ROSTER
from shared.contracts.districts import RelationshipState
from shared.errors import Invalid
from shared.units import Unit
from shared.writes import (
    announce,
    archive_row,
    change_row,
    changes,
    check_version,
    load,
    put_row,
    repeated,
    show,
    stored_row,
    touch,
)


def values_of(body: RelationshipWrite) -> dict[str, Any]:
    return body.model_dump() | {"kind": body.kind.value, "leader_class": body.leader_class and body.leader_class.value}


async def put_relationship(unit: Unit, relationship_id: UUID, body: RelationshipWrite) -> Relationship:
    """Create or replace by hand. One that followed from a role is by hand from then on; it still ends with the role."""
    values = values_of(body)
    await _lock(unit, relationship_id, body.person_id)
    stored = await stored_row(unit, Relationship, visible_to(unit.who), relationship_id)
    if done := repeated(unit, stored, values):
        return done
    people = {body.person_id} | ({stored.person_id} if stored else set())
    await _check(unit, relationship_id, stored, values, holds=stored is None or stored.archived_at is None)
    row, changed = await put_row(unit, Relationship, relationship_id, stored, values | {"source": MANUAL})
    return await _announced(unit, row, changed, people)


async def get_relationship(unit: Unit, relationship_id: UUID, *, lock: bool = False) -> Relationship:
    return await load(unit, visible_to(unit.who).where(col(Relationship.id) == relationship_id), lock=lock)


async def patch_relationship(unit: Unit, relationship_id: UUID, patch: RelationshipPatch) -> Relationship:
    values = patch.model_dump(exclude_unset=True)
    await _lock(unit, relationship_id, values.get("person_id"))
    row = await get_relationship(unit, relationship_id, lock=True)
    people = {row.person_id}
    if changes(row, values):
        values = row.model_dump(include=set(RelationshipWrite.model_fields)) | values
        values |= {"kind": str(values["kind"]), "source": MANUAL}
        await _check(unit, relationship_id, row, values, holds=row.archived_at is None)
    return await _announced(unit, row, await change_row(unit, row, values), people | {row.person_id})


async def archive_relationship(unit: Unit, relationship_id: UUID) -> Relationship:
    """Archive by hand, for good: no import brings it back, even if the role that it followed from lives on."""
    await _lock(unit, relationship_id)
    row = await get_relationship(unit, relationship_id, lock=True)
    changed = archive_row(unit, row)
    if changed:
        row.source, row.denied = MANUAL, row.role_id is not None
    return await _announced(unit, row, changed, {row.person_id})


async def restore_relationship(unit: Unit, relationship_id: UUID) -> Relationship:
    """Take the archiving back. What roles give, they give again, if they still do; all else is a grant by hand."""
    await _lock(unit, relationship_id)
    row = await get_relationship(unit, relationship_id, lock=True)
    if row.archived_at is None:
        raise RelationshipNotWithdrawn
    check_version(unit, row.version)
    back: dict[str, Any] = {"source": ROSTER, "denied": False}
    if not row.denied:
        values = row.model_dump(include=set(RelationshipWrite.model_fields))
        await _check(unit, relationship_id, None, values, holds=True)
        back = {"archived_at": None, "source": MANUAL, "role_id": None}
    return await _announced(unit, row, touch(unit, row, back), {row.person_id})


async def _lock(unit: Unit, relationship_id: UUID, person_id: UUID | None = None) -> None:
    statement = select(Relationship.person_id).where(
        col(Relationship.district_id) == unit.district_id, col(Relationship.id) == relationship_id
    )
    holder = (await unit.session.execute(statement)).scalar_one_or_none()
    await lock(unit.connection, unit.district_id, {person for person in (holder, person_id) if person is not None})


async def _check(
    unit: Unit, relationship_id: UUID, stored: Relationship | None, values: Mapping[str, Any], *, holds: bool
) -> None:
    if errors := rules.faults(values):
        raise Invalid(errors=errors)
    if stored is not None and stored.role_id is not None and (errors := rules.moved(stored.model_dump(), values)):
        raise Invalid(errors=errors)
    await check_orgs(unit, {"#/org_id": values["org_id"]})
    await _check_people(unit, values)
    other = await queries.overlapping(unit, relationship_id, values) if holds else None
    if other is not None:
        span = rules.Span.of(other.begin_date, other.end_date)
        raise RelationshipOverlaps(f"{other.id} holds from {span}", overlaps=other.id)


async def _check_people(unit: Unit, values: Mapping[str, Any]) -> None:
    people = {f"#/{name}": values[name] for name in ("person_id", "target_person_id") if values[name] is not None}
    await check_staff(unit, people)
    if values["kind"] not in rules.TO_ORGS:
        errors = rules.outside(values, await queries.times_of(unit, people.values()))
        if errors:
            raise Invalid(errors=errors)


async def _announced(unit: Unit, row: Relationship, changed: tuple[str, ...], people: set[UUID]) -> Relationship:
    """Tell of it, and let what roles give to these people make room, or come back."""
    if changed:
        announce(unit, "relationship.changed", "relationships", row, state_of(row).model_dump(), changed)
        await relationships_follow(unit, people)
        await unit.session.refresh(row)
    return show(unit, row)


def state_of(row: Relationship) -> RelationshipState:
    return RelationshipState(
        id=row.id, version=row.version, archived=row.archived_at is not None, person_id=row.person_id, kind=row.kind,
        org_id=row.org_id, target_person_id=row.target_person_id, begin_date=row.begin_date, end_date=row.end_date,
        archived_at=row.archived_at, leader_class=rules.leader_class(row.kind, row.leader_class, row.role_id),
    )  # fmt: skip

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.districts.changing import person_changed
from services.districts.erasures.records import check_not_erased
from services.districts.orgs.service import check_orgs
from services.districts.people import rules
from services.districts.people.errors import PersonIsNoStaff, PersonMerged
from services.districts.people.models import Person, Role
from services.districts.people.queries import visible_to
from services.districts.people.schemas import PersonPatch, PersonWrite, RoleWrite
from services.districts.references import who_is
from services.districts.relationships.deriving import lock
from services.districts.rostered import with_ids_merged
from services.districts.tables import MANUAL, ROSTER
from shared.clock import new_id
from shared.contracts.districts import PersonState
from shared.errors import FieldError, Invalid
from shared.units import Unit
from shared.writes import (
    announce,
    archive_row,
    change_row,
    changes,
    check_version,
    load,
    put_row,
    show,
    stored_row,
    touch,
)


async def put_person(unit: Unit, person_id: UUID, body: PersonWrite) -> Person:
    """Create a member of staff by hand, or replace what is said of one and the roles given by hand."""
    values = body.model_dump(exclude={"roles"})
    await lock(unit.connection, unit.district_id, [person_id])
    everybody = select(Person).where(col(Person.district_id) == unit.district_id)
    stored = await stored_row(unit, Person, everybody, person_id)
    if stored is None:
        await _check(unit, values, body.roles)
        own = {"sourced_id": str(person_id), "source": MANUAL, "is_staff": True}
        row, changed = await put_row(unit, Person, person_id, None, values | own)
        await _replace_roles(unit, row, _assignments(body.roles))
        return await _announced(unit, row, (*changed, "roles"))
    await check_not_erased(unit, person_id)
    if not stored.is_staff:
        raise PersonIsNoStaff
    _refuse_merged(stored)
    if not changes(stored, values) and not await _differs(unit, stored, _assignments(body.roles)):
        return show(unit, stored)
    await _check(unit, values, body.roles)
    return await _change(unit, stored, values, body.roles)


async def get_person(unit: Unit, person_id: UUID) -> Person:
    """Load one for reading, under whichever id."""
    return await load(unit, visible_to(unit.who).where(col(Person.id) == who_is(unit.district_id, person_id)))


async def _get_locked(unit: Unit, person_id: UUID) -> Person:
    await lock(unit.connection, unit.district_id, [person_id])
    row = await load(unit, visible_to(unit.who).where(col(Person.id) == person_id), lock=True)
    _refuse_merged(row)
    return row


def _refuse_merged(row: Person) -> None:
    """Refuse to write one who turned out to be another: whose If-Match would it be, and whose fields?"""
    if row.merged_into is not None:
        raise PersonMerged(f"{row.id} was merged into {row.merged_into}", merged_into=row.merged_into)


async def patch_person(unit: Unit, person_id: UUID, patch: PersonPatch) -> Person:
    row = await _get_locked(unit, person_id)
    await check_not_erased(unit, person_id)
    values = with_ids_merged(patch.model_dump(exclude_unset=True, exclude={"roles"}), row.external_ids)
    roles = patch.roles if "roles" in patch.model_fields_set else None
    await _check(unit, values, roles or ())
    return await _change(unit, row, values, roles)


async def archive_person(unit: Unit, person_id: UUID) -> Person:
    """Archive: the relationships that follow from roles end with it, and so do the rights."""
    row = await _get_locked(unit, person_id)
    changed = archive_row(unit, row)
    return await _announced(unit, row, changed)


async def _change(unit: Unit, row: Person, values: Mapping[str, Any], roles: Sequence[RoleWrite] | None) -> Person:
    moves = roles is not None and await _differs(unit, row, _assignments(roles))
    if not moves:
        return await _announced(unit, row, await change_row(unit, row, values))
    check_version(unit, row.version)
    await _replace_roles(unit, row, _assignments(roles or ()))
    changed = touch(unit, row, values)
    if not changed:
        row.version += 1
        row.updated_at = unit.now
    return await _announced(unit, row, (*changed, "roles"))


def _assignments(roles: Sequence[RoleWrite]) -> list[rules.Assignment]:
    return [rules.Assignment(r.role, r.org_id, r.begin_date, r.end_date) for r in roles]


async def _stored(unit: Unit, row: Person) -> list[Role]:
    statement = select(Role).where(
        col(Role.district_id) == unit.district_id, col(Role.person_id) == row.id, col(Role.archived_at).is_(None)
    )
    return list((await unit.session.execute(statement)).scalars())


def _assignment(role: Role) -> rules.Assignment:
    return rules.Assignment(role.role, role.org_id, role.begin_date, role.end_date)


def _split(stored: Sequence[Role], wanted: Sequence[rules.Assignment]) -> tuple[list[rules.Assignment], list[Role]]:
    """Give what is to be held by hand, and what is held so now."""
    of_roster = [_assignment(role) for role in stored if role.source == ROSTER]
    return rules.by_hand(wanted, of_roster), [role for role in stored if role.source == MANUAL]


async def _differs(unit: Unit, row: Person, wanted: Sequence[rules.Assignment]) -> bool:
    keep, held = _split(await _stored(unit, row), wanted)
    return set(keep) != {_assignment(role) for role in held}


async def _replace_roles(unit: Unit, row: Person, wanted: Sequence[rules.Assignment]) -> None:
    stored = await _stored(unit, row)
    keep, held = _split(stored, wanted)
    for role in held:
        if _assignment(role) not in keep:
            touch(unit, role, {"archived_at": unit.now})
    known = {_assignment(role) for role in held}
    for assignment in keep:
        if assignment not in known:
            unit.session.add(_new_role(unit, row.id, assignment))
    names = [role.role for role in stored if role.source == ROSTER] + [assignment.role for assignment in keep]
    row.is_staff = rules.is_staff(names, is_manual=row.source == MANUAL)


def _new_role(unit: Unit, person_id: UUID, assignment: rules.Assignment) -> Role:
    role_id = new_id()
    return Role(
        district_id=unit.district_id, id=role_id, created_at=unit.now, updated_at=unit.now, sourced_id=str(role_id),
        source=MANUAL, person_id=person_id, role=assignment.role, role_type="primary", org_id=assignment.org_id,
        begin_date=assignment.begin_date, end_date=assignment.end_date,
    )  # fmt: skip


async def _check(unit: Unit, values: Mapping[str, Any], roles: Sequence[RoleWrite]) -> None:
    orgs = {f"#/roles/{n}/org_id": role.org_id for n, role in enumerate(roles)}
    await check_orgs(unit, orgs | {"#/primary_org_id": values.get("primary_org_id")})
    errors = [
        FieldError(f"#/roles/{n}/end_date", "order", "must not lie before begin_date")
        for n, role in enumerate(roles)
        if role.begin_date and role.end_date and role.end_date < role.begin_date
    ]
    if errors:
        raise Invalid(errors=errors)


async def _announced(unit: Unit, row: Person, changed: tuple[str, ...]) -> Person:
    """Tell of the change, and let what follows from a person follow."""
    if changed:
        tell(unit, row, "person.changed", changed)
        await person_changed(unit, row.id)
    return show(unit, row)


def tell(unit: Unit, row: Person, kind: str, changed: tuple[str, ...]) -> None:
    state = PersonState(
        id=row.id, version=row.version, archived=row.archived_at is not None or not row.is_staff,
        given_name=row.given_name, family_name=row.family_name, email=row.email, merged_into=row.merged_into,
    )  # fmt: skip
    announce(unit, kind, "people", row, state.model_dump(), changed)

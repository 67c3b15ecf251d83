from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col

from services.districts.changing import relationships_follow
from services.districts.dated import order_faults, refuse_overlap
from services.districts.orgs.service import check_orgs
from services.districts.references import check_staff
from services.districts.relationships.deriving import lock
from services.districts.role_grants import rules
from services.districts.role_grants.errors import RoleGrantMoveRefused
from services.districts.role_grants.models import RoleGrant
from services.districts.role_grants.queries import holder_of, visible_to
from services.districts.role_grants.schemas import RoleGrantPatch, RoleGrantWrite
from shared.contracts.districts import RoleGrantState
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

SERIES = ("person_id", "org_id", "role")
_EVENTS = {rules.State.ACTIVE: "role_grant.activated", rules.State.ENDED: "role_grant.ended"}


def values_of(body: RoleGrantWrite) -> dict[str, Any]:
    return body.model_dump() | {"kind": body.kind.value, "state": body.state.value}


async def put_role_grant(unit: Unit, grant_id: UUID, body: RoleGrantWrite) -> RoleGrant:
    values = values_of(body)
    await _lock(unit, grant_id, body.person_id)
    stored = await stored_row(unit, RoleGrant, visible_to(unit.who), grant_id)
    if done := repeated(unit, stored, values):
        return done
    people = {body.person_id} | ({stored.person_id} if stored else set())
    if stored is not None:
        _refuse_move(stored, values["state"])
    await _check(unit, grant_id, values)
    row, changed = await put_row(unit, RoleGrant, grant_id, stored, values)
    return await _announced(unit, row, changed, people, is_new=stored is None)


async def get_role_grant(unit: Unit, grant_id: UUID, *, lock: bool = False) -> RoleGrant:
    return await load(unit, visible_to(unit.who).where(col(RoleGrant.id) == grant_id), lock=lock)


async def patch_role_grant(unit: Unit, grant_id: UUID, patch: RoleGrantPatch) -> RoleGrant:
    given = patch.model_dump(exclude_unset=True, mode="python")
    given |= {name: given[name].value for name in ("kind", "state") if name in given}
    await _lock(unit, grant_id, given.get("person_id"))
    row = await get_role_grant(unit, grant_id, lock=True)
    people = {row.person_id, given.get("person_id", row.person_id)}
    if changes(row, given):
        _refuse_move(row, given.get("state", row.state))
        await _check(unit, grant_id, row.model_dump(include=set(RoleGrantWrite.model_fields)) | given)
    return await _announced(unit, row, await change_row(unit, row, given), people)


async def activate_role_grant(unit: Unit, grant_id: UUID) -> RoleGrant:
    return await _move(unit, grant_id, rules.State.ACTIVE)


async def end_role_grant(unit: Unit, grant_id: UUID) -> RoleGrant:
    """End it today: what it gave ends at once, and the term does not reach further than it was held."""
    return await _move(unit, grant_id, rules.State.ENDED)


async def archive_role_grant(unit: Unit, grant_id: UUID) -> RoleGrant:
    await _lock(unit, grant_id)
    row = await get_role_grant(unit, grant_id, lock=True)
    return await _announced(unit, row, archive_row(unit, row), {row.person_id})


async def _move(unit: Unit, grant_id: UUID, state: rules.State) -> RoleGrant:
    await _lock(unit, grant_id)
    row = await get_role_grant(unit, grant_id, lock=True)
    if row.state == state:
        return show(unit, row)
    _refuse_move(row, state)
    check_version(unit, row.version)
    values: dict[str, Any] = {"state": state.value}
    if state == rules.State.ENDED:
        values["end_date"] = _last_day(row, unit.now.date())
    return await _announced(unit, row, touch(unit, row, values), {row.person_id})


def _last_day(row: RoleGrant, today: date) -> date:
    """Give the last day of a grant that is ended today; of one that never began its first."""
    return max(row.begin_date, min(row.end_date or today, today))


def _refuse_move(row: RoleGrant, state: str) -> None:
    if row.archived_at is not None or not rules.may_become(row.state, state):
        possible = rules.verbs_from(row.state) if row.archived_at is None else []
        raise RoleGrantMoveRefused(state=row.state, possible=possible)


async def _lock(unit: Unit, grant_id: UUID, person_id: UUID | None = None) -> None:
    """Lock the relationships that follow from it before any row, as all do who write them."""
    people = {await holder_of(unit, grant_id), person_id} - {None}
    await lock(unit.connection, unit.district_id, [person for person in people if person is not None])


async def _check(unit: Unit, grant_id: UUID, values: dict[str, Any]) -> None:
    if errors := order_faults(values):
        raise Invalid(errors=errors)
    await check_staff(unit, {"#/person_id": values["person_id"]})
    await check_orgs(unit, {"#/org_id": values["org_id"]})
    await refuse_overlap(unit, RoleGrant, grant_id, values, SERIES)


async def _announced(
    unit: Unit, row: RoleGrant, changed: tuple[str, ...], people: set[UUID], *, is_new: bool = False
) -> RoleGrant:
    """Tell of it, and let the relationships that it gives follow."""
    if changed:
        moved = "state" in changed and not is_new
        kind = _EVENTS[rules.State(row.state)] if moved else "role_grant.changed"
        tell(unit, row, changed, kind)
        await relationships_follow(unit, people)
    return show(unit, row)


def tell(unit: Unit, row: RoleGrant, changed: tuple[str, ...], kind: str = "role_grant.changed") -> None:
    announce(unit, kind, "role-grants", row, RoleGrantState.of(row), changed)

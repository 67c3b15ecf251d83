from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.districts.changing import roster_changed
from services.districts.districts.models import District
from services.districts.orgs.models import Org
from services.districts.orgs.queries import visible_to
from services.districts.orgs.schemas import OrgPatch, OrgWrite
from services.districts.rostered import with_ids_merged
from shared.contracts.districts import OrgState
from shared.errors import FieldError, Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, change_row, load, put_row, repeated, show, stored_row


async def put_org(unit: Unit, org_id: UUID, body: OrgWrite) -> Org:
    """Create an organisation by hand, or replace one. What a roster brought stays the roster's."""
    values = body.model_dump()
    stored = await stored_row(unit, Org, visible_to(unit.who), org_id)
    if done := repeated(unit, stored, values):
        return done
    await _check_parent(unit, org_id, values)
    own = {} if stored else {"sourced_id": str(org_id)}
    row, changed = await put_row(unit, Org, org_id, stored, values | own)
    return await _announced(unit, row, changed)


async def get_org(unit: Unit, org_id: UUID, *, lock: bool = False) -> Org:
    return await load(unit, visible_to(unit.who).where(col(Org.id) == org_id), lock=lock)


async def patch_org(unit: Unit, org_id: UUID, patch: OrgPatch) -> Org:
    row = await get_org(unit, org_id, lock=True)
    values = with_ids_merged(patch.model_dump(exclude_unset=True), row.external_ids)
    await _check_parent(unit, org_id, values)
    return await _announced(unit, row, await change_row(unit, row, values))


async def archive_org(unit: Unit, org_id: UUID) -> Org:
    row = await get_org(unit, org_id, lock=True)
    return await _announced(unit, row, archive_row(unit, row))


async def check_orgs(unit: Unit, org_ids: Mapping[str, UUID | None]) -> None:
    """Hold ids, by the pointers at which they stand, against the organisations of the district."""
    given = {pointer: org_id for pointer, org_id in org_ids.items() if org_id is not None}
    known = await _known(unit, given.values())
    errors = [
        FieldError(pointer, "unknown", "is no organisation of this district")
        for pointer, org_id in given.items()
        if org_id not in known
    ]
    if errors:
        raise Invalid(errors=errors)


async def _known(unit: Unit, org_ids: Iterable[UUID]) -> set[UUID]:
    wanted = set(org_ids)
    if not wanted:
        return set()
    statement = select(Org.id).where(col(Org.district_id) == unit.district_id, col(Org.id).in_(wanted))
    return set((await unit.session.execute(statement)).scalars())


async def _check_parent(unit: Unit, org_id: UUID, values: Mapping[str, Any]) -> None:
    """Keep the organisations a tree: nobody stands above itself."""
    parent_id = values.get("parent_id")
    if parent_id is None:
        return
    # One move at a time: two at once could each stand below the other.
    await unit.session.get(District, (unit.district_id, unit.district_id), with_for_update=True)
    await check_orgs(unit, {"#/parent_id": parent_id})
    seen: set[UUID] = set()
    while parent_id is not None and parent_id not in seen:
        if parent_id == org_id:
            raise Invalid(errors=[FieldError("#/parent_id", "cycle", "would stand above itself")])
        seen.add(parent_id)
        parent = await unit.session.get(Org, (unit.district_id, parent_id), populate_existing=True)
        parent_id = parent.parent_id if parent else None


async def _announced(unit: Unit, row: Org, changed: tuple[str, ...]) -> Org:
    state = OrgState(
        id=row.id, version=row.version, archived=row.archived_at is not None, name=row.name, type=row.type,
        parent_id=row.parent_id,
    )  # fmt: skip
    announce(unit, "org.changed", "orgs", row, state.model_dump(), changed)
    if changed:
        await roster_changed(unit, "orgs", row.id)
    return show(unit, row)

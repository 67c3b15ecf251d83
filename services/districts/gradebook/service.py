"""Handing in, replacing and taking back. Whatever the number of rows, the number of statements is the same.

The first of them counts the gradebook up, which lets one writer of a district in at a time: what was looked up stays
true until it is written, without a lock on any row that is referred to.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.districts.gradebook import queries
from services.districts.gradebook.errors import Dangling, StillUsed
from services.districts.gradebook.links import follow
from services.districts.gradebook.nouns import CATEGORY, LINE_ITEM, RESULT, Noun, Reference
from services.districts.gradebook.rules import Row, check_unique, row_of
from services.districts.gradebook.schemas import CategoryGiven, GradedGiven
from services.districts.oneroster.documents import count_up
from shared.clock import new_id
from shared.errors import Invalid, NotFound
from shared.units import Unit

UNCATEGORIZED = CategoryGiven.model_validate({"sourcedId": "uncategorized", "title": "Uncategorized"})


async def put(unit: Unit, noun: Noun, sourced_id: str, given: GradedGiven) -> None:
    if given.sourced_id not in {None, sourced_id}:
        raise Invalid(f"the path names {sourced_id!r}, the body {given.sourced_id!r}")
    await _begin(unit)
    rows = await _rows(unit, noun, [given.model_copy(update={"sourced_id": sourced_id})])
    await _keep(unit, noun, rows)
    unit.audit("gradebook.replaced", noun.collection.path, sourced_id=sourced_id)


async def post(
    unit: Unit, noun: Noun, given: Sequence[GradedGiven], above: Mapping[str, tuple[Reference, str]]
) -> list[dict[str, str]]:
    """Add rows within parents. Nothing is overwritten: an id that means something else gives way to a new one."""
    await _begin(unit)
    parents = await _parents(unit, above)
    named = [row if row.sourced_id else row.model_copy(update={"sourced_id": str(new_id())}) for row in given]
    check_unique([row.sourced_id or "" for row in named])
    rows = await _rows(unit, noun, named, parents)
    if noun is RESULT and "klass" in parents:
        await _check_class(unit, rows, parents["klass"])
    supplied = [row["sourced_id"] for row in rows]
    taken = await queries.taken(unit, noun, rows)
    for row in rows:
        if row["sourced_id"] in taken:
            row["sourced_id"] = str(row["id"])
    await _keep(unit, noun, rows)
    unit.audit("gradebook.added", noun.collection.path, count=len(rows), within=[value for _, value in above.values()])
    return [
        {"suppliedSourcedId": before, "allocatedSourcedId": row["sourced_id"]}
        for before, row in zip(supplied, rows, strict=True)
    ]


async def delete(unit: Unit, noun: Noun, sourced_id: str) -> None:
    """Take it back, and what is part of it; what others refer to stays until they do no more."""
    await _begin(unit)
    table = noun.collection.table
    found = await queries.ids_of(unit, Reference("id", table, "sourcedId", " and archived_at is null"), [sourced_id])
    if sourced_id not in found:
        raise NotFound(f"there is no {noun.collection.one} {sourced_id!r}")
    for other, column in noun.users:
        if await queries.is_used(unit, other, column, found[sourced_id]):
            raise StillUsed(f"{other.replace('_', ' ')} refer to {sourced_id!r}")
    for part, column in noun.parts:
        await queries.bury(unit, part, column, found[sourced_id])
    await queries.bury(unit, table, "id", found[sourced_id])
    unit.audit("gradebook.removed", noun.collection.path, sourced_id=sourced_id)


async def _keep(unit: Unit, noun: Noun, rows: Sequence[Row]) -> None:
    await queries.upsert(unit, noun, rows)
    await follow(unit, noun.collection.table, [row["sourced_id"] for row in rows])


async def _begin(unit: Unit) -> None:
    await count_up(unit.connection, unit.district_id, "gradebook_versions")


async def _parents(unit: Unit, above: Mapping[str, tuple[Reference, str]]) -> dict[str, UUID]:
    found = {}
    for member, (reference, sourced_id) in above.items():
        ids = await queries.ids_of(unit, reference, [sourced_id])
        if sourced_id not in ids:
            raise NotFound(f"there is no {reference.name} {sourced_id[:255]!r}")
        found[member] = ids[sourced_id]
    return found


async def _rows(
    unit: Unit, noun: Noun, given: Sequence[GradedGiven], parents: Mapping[str, UUID] | None = None
) -> list[Row]:
    """Give whole rows: references resolved, what was left out filled in, the noun's own rule kept."""
    rows = [
        noun.rule(row_of(row, noun.references), unit.now) | {"id": new_id(), "sourced_id": row.sourced_id}
        for row in given
    ]
    for member, reference in noun.references.items():
        if parents and member in parents:
            resolved: list[UUID | None] = [parents[member]] * len(rows)
        else:
            resolved = await _resolve(unit, reference, [getattr(row, member) for row in given])
        for row, found in zip(rows, resolved, strict=True):
            row[reference.column] = found
    if noun is LINE_ITEM:
        await _complete(unit, rows)
    return rows


async def _resolve(unit: Unit, reference: Reference, given: Sequence[Any]) -> list[UUID | None]:
    named = [None if one is None else str(one.sourced_id) for one in given]
    if reference.is_required and None in named:
        raise Dangling(f"{reference.name} is missing")
    wanted = {name for name in named if name is not None}
    known = await queries.ids_of(unit, reference, wanted) if wanted else {}
    unknown = sorted(wanted - set(known))
    if unknown:
        raise Dangling(f"there is no {reference.name} {', '.join(map(repr, unknown[:5]))}")
    return [None if name is None else known[name] for name in named]


async def _check_class(unit: Unit, rows: Sequence[Row], klass: UUID) -> None:
    elsewhere = await queries.items_elsewhere(unit, {row["line_item_id"] for row in rows}, klass)
    if elsewhere:
        raise Dangling(f"the class has no lineItem {', '.join(map(repr, elsewhere[:5]))}")


async def _complete(unit: Unit, rows: Sequence[Row]) -> None:
    """Give line items without a school that of the class, and those without a category the one for such."""
    schools = await queries.schools_of(unit, {row["class_id"] for row in rows})
    uncategorized: UUID | None = None
    for row in rows:
        row["org_id"] = row["org_id"] or schools[row["class_id"]]
        if row["category_id"] is None:
            uncategorized = uncategorized or await _uncategorized(unit)
            row["category_id"] = uncategorized


async def _uncategorized(unit: Unit) -> UUID:
    reference, sourced_id = LINE_ITEM.references["category"], UNCATEGORIZED.sourced_id or ""
    found = await queries.ids_of(unit, reference, [sourced_id])
    if not found:
        await queries.upsert(unit, CATEGORY, await _rows(unit, CATEGORY, [UNCATEGORIZED]))
        found = await queries.ids_of(unit, reference, [sourced_id])
    return found[sourced_id]

"""A person as read: with the roles, and with the ids that turned out to be the same person."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.districts.people import queries
from services.districts.people.models import Person
from services.districts.people.schemas import MergedIds, PersonIds, PersonRead, RoleRead
from shared.units import Unit


async def read_one(unit: Unit, row: Person, as_of: date | None = None, *, asked_for: UUID | None = None) -> PersonRead:
    """Read one; where another id was asked for, `Content-Location` says whose this is."""
    await unit.session.flush()
    if asked_for not in (None, row.id):
        unit.answer.headers["Content-Location"] = f"/v1/people/{row.id}"
    return (await read_all(unit, [row], as_of))[0]


async def read_all(unit: Unit, rows: Sequence[Person], as_of: date | None = None) -> list[PersonRead]:
    ids = [row.id for row in rows]
    roles = await queries.roles_of(unit, ids, as_of)
    merged = await queries.absorbed(unit, ids)
    return [
        PersonRead.model_validate(
            row.model_dump()
            | {"roles": [RoleRead.model_validate(role) for role in roles[row.id]], "merged_ids": merged.get(row.id, [])}
        )
        for row in rows
    ]


async def read_ids(unit: Unit, row: Person) -> PersonIds:
    people = [row, *await queries.merged_into(unit, row.id)]
    former = await queries.former_ids_of(unit, [person.id for person in people])
    return PersonIds.model_validate(
        row.model_dump()
        | {
            "former_sourced_ids": [f.model_dump() for f in former],
            "merged": [MergedIds.model_validate(person) for person in people[1:]],
        }
    )

"""What a row refers to: ids held against the district's people, and ids of other systems turned into ours."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.districts.people.models import Person
from services.districts.rostered import ONEROSTER
from shared.database import Connection
from shared.errors import FieldError, Invalid
from shared.units import Unit

_FORMER = """select f.sourced_id as said, f.person_id::text as id from districts.former_sourced_ids f
    where f.district_id = $1 and f.sourced_id = any($2::text[]) union all"""  # what is somebody's now comes after it
_TABLES = {"person_id": "people", "target_person_id": "people", "org_id": "orgs"}


async def check_staff(unit: Unit, people: Mapping[str, UUID | None]) -> None:
    """Refuse ids, by the pointers at which they stand, of nobody on the staff of this district."""
    given = {pointer: person for pointer, person in people.items() if person is not None}
    statement = select(Person.id).where(
        col(Person.district_id) == unit.district_id, col(Person.id).in_(given.values()), col(Person.is_staff)
    )
    known = set((await unit.session.execute(statement)).scalars()) if given else set()
    errors = [
        FieldError(pointer, "unknown", "is no member of staff of this district")
        for pointer, person in given.items()
        if person not in known
    ]
    if errors:
        raise Invalid(errors=errors)


async def resolve(
    connection: Connection, district_id: UUID, bodies: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Put our own ids in place of `system:id`, as `?external_id=` has it. One that is not known is left as it is."""
    asked: dict[tuple[str, str], set[str]] = defaultdict(set)
    for body in bodies:
        for name, table in _TABLES.items():
            system, colon, identifier = str(body.get(name, "")).strip().partition(":")
            if colon:
                asked[table, system].add(identifier)
    known = {key: await _known(connection, district_id, *key, sorted(ids)) for key, ids in asked.items()}
    return [_resolved(body, known) for body in bodies]


def _resolved(body: Mapping[str, Any], known: Mapping[tuple[str, str], Mapping[str, str]]) -> dict[str, Any]:
    resolved = dict(body)
    for name, table in _TABLES.items():
        said = str(body.get(name, "")).strip()
        system, colon, identifier = said.partition(":")
        if said:
            resolved[name] = known[table, system].get(identifier, said) if colon else said
    return resolved


async def _known(
    connection: Connection, district_id: UUID, table: str, system: str, ids: Sequence[str]
) -> dict[str, str]:
    """Give our ids by theirs; one that two rows have is nobody's."""
    # The last condition is the index's own.
    said = "sourced_id" if system == ONEROSTER else "external_ids ->> $3"
    among = "$3::text is not null" if system == ONEROSTER else "external_ids <> '{}'::jsonb"
    among += " and former_of is null" if table == "people" else ""
    rows = await connection.fetch(
        f"""{_FORMER if (table, system) == ("people", ONEROSTER) else ""}
            select {said} as said, min(id::text) as id from districts.{table}
            where district_id = $1 and {said} = any($2::text[]) and {among} group by 1 having count(*) = 1""",
        district_id,
        list(ids),
        system,
    )
    return {row["said"]: row["id"] for row in rows}

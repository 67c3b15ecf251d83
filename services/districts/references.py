"""What a row refers to: ids held against the district's people, and ids of other systems turned into ours."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from services.districts.people.models import Person
from services.districts.rostered import ONEROSTER
from services.districts.tables import FORMER
from shared.database import Connection
from shared.errors import FieldError, Invalid
from shared.units import Unit

_FORMER = """select f.sourced_id as said, coalesce(p.merged_into, p.id)::text as id
    from districts.former_sourced_ids f join districts.people p on p.district_id = $1 and p.id = f.person_id
    where f.district_id = $1 and f.sourced_id = any($2::text[]) union all"""  # what is somebody's now comes after it
_TABLES = {"person_id": "people", "target_person_id": "people", "org_id": "orgs"}


def who_is(district_id: UUID, person_id: UUID) -> Any:
    """Select the id under which a person is kept: who was merged into another is that other one."""
    now = func.coalesce(col(Person.merged_into), col(Person.id))
    return select(now).where(col(Person.district_id) == district_id, col(Person.id) == person_id).scalar_subquery()


async def check_staff(unit: Unit, people: Mapping[str, UUID | None]) -> None:
    """Refuse ids, by the pointers at which they stand, of nobody on the staff of this district.

    They stay what they are until the transaction ends: a merge waits, and then takes what was written with it.
    """
    given = {pointer: person for pointer, person in people.items() if person is not None}
    statement = (
        select(Person.id, Person.merged_into)
        .where(col(Person.district_id) == unit.district_id, col(Person.id).in_(given.values()), col(Person.is_staff))
        .order_by(col(Person.id))
        .with_for_update(read=True, key_share=True)
    )
    rows = (await unit.session.execute(statement)).all() if given else ()
    known: dict[UUID, UUID | None] = {row[0]: row[1] for row in rows}
    errors = [
        FieldError(pointer, "merged", f"was merged into {known[person]}")
        if person in known
        else FieldError(pointer, "unknown", "is no member of staff of this district")
        for pointer, person in given.items()
        if known.get(person, person) is not None
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
    among += f" and source <> '{FORMER}'" if table in {"people", "orgs", "classes"} else ""
    kept = "coalesce(merged_into, id)" if table == "people" else "id"
    rows = await connection.fetch(
        f"""{_FORMER if (table, system) == ("people", ONEROSTER) else ""}
            select {said} as said, min({kept}::text) as id from districts.{table}
            where district_id = $1 and {said} = any($2::text[]) and {among}
            group by 1 having count(distinct {kept}) = 1""",
        district_id,
        list(ids),
        system,
    )
    return {row["said"]: row["id"] for row in rows}

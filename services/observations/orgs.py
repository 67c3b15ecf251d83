"""What is known here of organisations: districts' own are copied by the feed."""

from uuid import UUID

from shared.access.principals import ActingPerson
from shared.errors import FieldError, Invalid
from shared.units import Unit


async def is_org(unit: Unit, org_id: UUID) -> bool:
    return bool(
        await unit.connection.fetchval(
            """select exists (select from observations.copied_orgs
                              where district_id = $1 and id = $2 and not archived)""",
            unit.district_id,
            org_id,
        )
    )


async def check_people(unit: Unit, school_id: UUID, **named: list[UUID]) -> None:
    """Refuse people who are not staff of the district, by the member that names them, and a school that it has not."""
    row = await unit.connection.fetchrow(
        """select array(select id from observations.copied_people
                        where district_id = $1 and id = any($2) and not archived) as people,
                  exists (select 1 from observations.copied_orgs where district_id = $1 and id = $3) as school""",
        unit.district_id,
        [person for people in named.values() for person in people],
        school_id,
    )
    known = set(row["people"]) if row else set()
    faults = [
        FieldError(f"#/{name}", "unknown", "names somebody who is not staff of this district")
        for name, people in named.items()
        if not known.issuperset(people)
    ]
    if not row or not row["school"]:
        faults.append(FieldError("#/school_id", "unknown", "refers to no school of this district"))
    if faults:
        raise Invalid(errors=faults)


async def leads_district(unit: Unit, person: ActingPerson) -> bool:
    return bool(
        await unit.connection.fetchval(
            """select exists (select from observations.copied_orgs
                              where district_id = $1 and parent_id is null and id = any ($2))""",
            unit.district_id,
            list(person.led_orgs),
        )
    )

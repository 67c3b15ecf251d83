"""What is known here of organisations: districts' own are copied by the feed."""

from uuid import UUID

from shared.access.principals import ActingPerson
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


async def leads_district(unit: Unit, person: ActingPerson) -> bool:
    return bool(
        await unit.connection.fetchval(
            """select exists (select from observations.copied_orgs
                              where district_id = $1 and parent_id is null and id = any ($2))""",
            unit.district_id,
            list(person.led_orgs),
        )
    )

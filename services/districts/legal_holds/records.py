"""Who is under a hold; apart from the lists, so that no worker loads HTTP."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.districts.legal_holds.models import LegalHold
from shared.units import Unit


async def find_hold(unit: Unit, people: Sequence[UUID]) -> LegalHold | None:
    """Give the oldest hold that is on one of these people."""
    statement = select(LegalHold).where(
        col(LegalHold.district_id) == unit.district_id, col(LegalHold.archived_at).is_(None),
        col(LegalHold.person_id).in_(list(people)),
    ).order_by(col(LegalHold.id))  # fmt: skip
    return (await unit.session.execute(statement)).scalars().first()


async def held_people(unit: Unit) -> list[UUID]:
    """Give everybody under a hold, under every id."""
    rows = await unit.connection.fetch(
        """with held as (select person_id as id from districts.legal_holds
                         where district_id = $1 and archived_at is null)
           select id from held union
           select c.id from districts.copied_people c join held on c.merged_into = held.id where c.district_id = $1
           union
           select c.merged_into from districts.copied_people c join held on c.id = held.id
           where c.district_id = $1 and c.merged_into is not null""",
        unit.district_id,
    )
    return [UUID(int=row["id"].int) for row in rows]

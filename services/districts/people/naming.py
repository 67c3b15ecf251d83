"""Finding the one member of staff whom another system names by something that is not our id."""

from typing import Final
from uuid import UUID

from services.districts.people.rules import NOT_STAFF
from shared.clock import now
from shared.database import Connection

# By what somebody may be named, and how it is compared. `$3` is the value, `$4` the system of an external id.
CONDITIONS: Final = {
    "external_id": "p.external_ids <> '{}'::jsonb and p.external_ids @> jsonb_build_object($4::text, $3::text)",
    "sourced_id": "p.sourced_id = $3 and $4::text is null",
    "identifier": "p.identifier = $3 and $4::text is null",
    "email": "lower(p.email) = lower($3) and $4::text is null",
}

# Who has roles and none today has left, or has not come yet. Who was entered by hand without any is staff all the same.
_NAMED = """
    select p.id from districts.people p
    where p.district_id = $1 and p.is_staff and p.enabled and p.archived_at is null and {condition}
      and (exists (select from districts.roles r
                   where r.district_id = $1 and r.person_id = p.id and r.archived_at is null and r.role <> all($5)
                     and (r.begin_date is null or r.begin_date <= $2) and (r.end_date is null or r.end_date >= $2))
           or not exists (select from districts.roles r
                          where r.district_id = $1 and r.person_id = p.id and r.archived_at is null))
    limit 2"""


async def active_staff(
    connection: Connection, district_id: UUID, by: str, value: str, system: str | None = None
) -> list[UUID]:
    """Give who is meant: nobody, one, or two of those who share the name and must not be told apart by chance."""
    statement = _NAMED.format(condition=CONDITIONS[by])
    rows = await connection.fetch(statement, district_id, now().date(), value, system, sorted(NOT_STAFF))
    return [UUID(int=row["id"].int) for row in rows]

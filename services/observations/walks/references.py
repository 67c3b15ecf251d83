"""What a walk refers to: its look-fors, staff of the district."""

from collections.abc import Iterable
from uuid import UUID

from shared.errors import FieldError, Invalid
from shared.units import Unit


def check_look_fors(known: Iterable[UUID], named: Iterable[UUID | None], field: str) -> None:
    if unknown := {one for one in named if one is not None} - set(known):
        raise Invalid(errors=[FieldError(f"#/{field}", "unknown", f"{min(unknown)} is no look-for of this walk")])


async def check_team(unit: Unit, school_id: UUID, team_ids: list[UUID]) -> None:
    row = await unit.connection.fetchrow(
        """select (select count(*) from observations.copied_people
                   where district_id = $1 and id = any($2) and not archived) as people,
                  exists (select 1 from observations.copied_orgs where district_id = $1 and id = $3) as school""",
        unit.district_id,
        team_ids,
        school_id,
    )
    if row is None or row["people"] != len(team_ids):
        raise Invalid(errors=[FieldError("#/team_ids", "unknown", "names somebody who is not staff of this district")])
    if not row["school"]:
        raise Invalid(errors=[FieldError("#/school_id", "unknown", "refers to no school of this district")])

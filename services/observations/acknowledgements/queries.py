from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.observations.acknowledgements.models import Acknowledgement
from services.observations.acknowledgements.rules import Tally
from services.observations.acknowledgements.schemas import AcknowledgementQuery
from shared.access.matching import matching
from shared.access.policies import ACKNOWLEDGEMENTS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered
from shared.units import Unit

# A duplicate that was merged is the person it was merged into, on both sides.
_TALLIES = """
    with staff as (
        select distinct r.org_id, coalesce(p.merged_into, p.id) as person_id
        from observations.copied_relationships r
        join observations.copied_people p on p.district_id = $1 and p.id = r.person_id
        where r.district_id = $1 and r.org_id is not null and not r.archived
          and (not p.archived or p.merged_into is not null)
          and (r.begin_date is null or r.begin_date <= $3) and (r.end_date is null or r.end_date >= $3)
    ), readers as (
        select distinct coalesce(p.merged_into, p.id) as person_id
        from observations.acknowledgements a
        join observations.copied_people p on p.district_id = $1 and p.id = a.person_id
        where a.district_id = $1 and a.framework_version_id = $2 and (a.acknowledged_at at time zone 'UTC')::date <= $3
    )
    select o.id, o.name, count(s.person_id) as eligible, count(r.person_id) as acknowledged
    from observations.copied_orgs o
    left join staff s on s.org_id = o.id
    left join readers r on r.person_id = s.person_id
    where o.district_id = $1 and o.type = 'school' and not o.archived and ($4::uuid[] is null or o.id = any ($4))
    group by o.id, o.name order by o.name, o.id"""


def visible_to(who: Principal) -> Select[Acknowledgement]:
    """One's own; a machine's are all of them. Leaders see counts."""
    return select(Acknowledgement).where(
        col(Acknowledgement.district_id) == who.district_id, allowed(ACKNOWLEDGEMENTS, who, Columns(Acknowledgement))
    )


def found(who: Principal, query: AcknowledgementQuery) -> Select[Acknowledgement]:
    statement: Any = filtered(visible_to(who), Acknowledgement, query)
    names = ("framework_version_id", "person_id")
    found: Select[Acknowledgement] = matching(statement, Acknowledgement, who.district_id, query, names)
    return found


async def tallies(unit: Unit, version_id: UUID, day: date) -> list[Tally]:
    """Count by school: for a person the schools that she leads, for a machine all."""
    person = unit.who.person
    schools = None if person is None else list(person.led_orgs)
    rows = await unit.connection.fetch(_TALLIES, unit.district_id, version_id, day, schools)
    return [Tally(row["id"], row["name"], row["eligible"], row["acknowledged"]) for row in rows]

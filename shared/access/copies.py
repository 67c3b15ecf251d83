"""Local copies of people, organisations and relationships (staff only), fed by the feed of districts.

A request is authorised from these, never from a peer. An older state never overwrites a newer one, so a replay from
zero and a late batch end the same.
"""

from datetime import date
from uuid import UUID

from shared.access.principals import ActingPerson
from shared.access.purposes import LeaderClass
from shared.clock import now
from shared.database import Connection

_ACTING = """
with recursive me as (
    select coalesce(merged_into, id) as id from {schema}.copied_people where district_id = $1 and id = $2
), absorbed as (
    select a.id from {schema}.copied_people a where a.district_id = $1 and a.merged_into = (select id from me)
), mine as (
    select kind, org_id, target_person_id, leader_class from {schema}.copied_relationships
    where district_id = $1 and person_id in (select id from me union all select id from absorbed) and not archived
      and (begin_date is null or begin_date <= $3) and (end_date is null or end_date >= $3)
), led as (
    select org_id as id, leader_class = '{administrative}' as administers
    from mine where kind = 'leads' and org_id is not null
    union
    select o.id, led.administers
    from {schema}.copied_orgs o join led on o.district_id = $1 and o.parent_id = led.id where not o.archived
), supported as (
    select kind, target_person_id as id from mine where target_person_id is not null
    union
    select m.kind, t.merged_into from mine m
    join {schema}.copied_people t on t.district_id = $1 and t.id = m.target_person_id and t.merged_into is not null
    union
    select m.kind, a.id from mine m
    left join {schema}.copied_people t on t.district_id = $1 and t.id = m.target_person_id
    join {schema}.copied_people a
      on a.district_id = $1 and a.merged_into = coalesce(t.merged_into, m.target_person_id)
)
select p.id, p.archived,
       array(select id from absorbed) as absorbed,
       array(select id from led) as led_orgs,
       array(select id from led where administers) as administered_orgs,
       array(select org_id from mine where org_id is not null) as orgs,
       array(select kind from supported order by id, kind) as kinds,
       array(select id from supported order by id, kind) as targets
from {schema}.copied_people p where p.district_id = $1 and p.id = (select id from me)
"""


async def load_person(
    connection: Connection, schema: str, district_id: UUID, person_id: UUID, day: date | None = None
) -> ActingPerson | None:
    """Load the acting person with the relationships of today, or of a day that is judged, in one statement.

    None for nobody, and for somebody who left. Who was merged into another is that other one, and what the rows say of
    either is said of both. rights.py says the same in Python.
    """
    day = day or now().date()
    statement = _ACTING.format(schema=schema, administrative=LeaderClass.ADMINISTRATIVE.value)
    row = await connection.fetchrow(statement, district_id, person_id, day)
    if row is None or row["archived"]:
        return None
    return ActingPerson(
        id=UUID(int=row["id"].int),  # the driver's own kind is not JSON
        absorbed=frozenset(row["absorbed"]),
        led_orgs=frozenset(row["led_orgs"]),
        administered_orgs=frozenset(row["administered_orgs"]),
        orgs=frozenset(row["orgs"]),
        supported=frozenset(zip(row["kinds"], row["targets"], strict=True)),
        day=day,
    )

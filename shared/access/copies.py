"""Local copies of people, organisations and relationships (staff only), fed by the feed of districts.

A request is authorised from these, never from a peer. An older state never overwrites a newer one, so a replay from
zero and a late batch end the same.
"""

from uuid import UUID

from shared.access.principals import ActingPerson
from shared.clock import now
from shared.database import Connection

_ACTING = """
with recursive me as (
    select coalesce(merged_into, id) as id from {schema}.copied_people where district_id = $1 and id = $2
), mine as (
    select kind, org_id, target_person_id from {schema}.copied_relationships
    where district_id = $1 and person_id = (select id from me) and not archived
      and (begin_date is null or begin_date <= $3) and (end_date is null or end_date >= $3)
), led as (
    select org_id as id from mine where kind = 'leads' and org_id is not null
    union
    select o.id from {schema}.copied_orgs o join led on o.district_id = $1 and o.parent_id = led.id where not o.archived
), supported as (
    select kind, target_person_id as id from mine where target_person_id is not null
    union
    select m.kind, a.id from mine m
    join {schema}.copied_people a on a.district_id = $1 and a.merged_into = m.target_person_id
)
select p.id, p.archived,
       array(select a.id from {schema}.copied_people a where a.district_id = $1 and a.merged_into = p.id) as absorbed,
       array(select id from led) as led_orgs,
       array(select org_id from mine where org_id is not null) as orgs,
       array(select kind from supported order by id, kind) as kinds,
       array(select id from supported order by id, kind) as targets
from {schema}.copied_people p where p.district_id = $1 and p.id = (select id from me)
"""


async def load_person(connection: Connection, schema: str, district_id: UUID, person_id: UUID) -> ActingPerson | None:
    """Load the acting person with today's relationships, in one statement; None for nobody or somebody who left.

    Who was merged into another is that other one, and what the rows say of either is said of both.
    """
    row = await connection.fetchrow(_ACTING.format(schema=schema), district_id, person_id, now().date())
    if row is None or row["archived"]:
        return None
    return ActingPerson(
        id=UUID(int=row["id"].int),  # the driver's own kind is not JSON
        absorbed=frozenset(row["absorbed"]),
        led_orgs=frozenset(row["led_orgs"]),
        orgs=frozenset(row["orgs"]),
        supported=frozenset(zip(row["kinds"], row["targets"], strict=True)),
    )

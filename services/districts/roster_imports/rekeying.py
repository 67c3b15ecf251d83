"""People whom the source has given new ids are still the same: seen before the users are applied.

Whom the rules of `rekeys` match is neither a leaver nor a joiner: the row keeps its own id, takes the new sourcedId,
and the old one goes on to resolve. How many they are counts for the brake as if they ended, so a SIS that renumbers
everybody is held for a yes, and one who was re-entered overnight is not.
"""

from typing import Any

from services.districts.oneroster import tombstones
from services.districts.rekeys.queries import PROPOSED, gone_people, new_people, propose
from services.districts.roster_imports.applying import Applier
from services.districts.roster_imports.mapping import Target
from services.districts.roster_imports.staging import REMOVED

FEW = 5
_RENAMED = f"select id, old from {PROPOSED}"


async def rekey(applier: Applier, *, has_derived_roles: bool) -> int:
    """Turn proposals into changes of `changed_people`; `gone_people` loses them. Give how many."""
    connection, district_id = applier.connection, applier.district_id
    found = await propose(connection, gone_people(), new_people(), district_id)
    if not found:
        return 0
    await connection.execute(f"update changed_people c set id = r.id from {PROPOSED} r where c.sourced_id = r.new")
    await connection.execute(f"delete from gone_people g using {PROPOSED} r where g.id = r.id")
    if has_derived_roles:  # their ids are made of the user's: a delta does not name the old ones
        await connection.execute(
            f"""insert into gone_roles
                select e.id, e.sourced_id from districts.roles e join districts.people p on p.district_id = $1
                join {PROPOSED} r on r.id = p.id and e.person_id = coalesce(p.merged_into, p.id)
                where e.district_id = $1 and e.archived_at is null and e.source = 'roster'
                  and starts_with(e.sourced_id, r.old || '@') and e.id not in (select id from gone_roles)""",
            district_id,
        )
    await connection.execute(
        f"""insert into districts.former_sourced_ids as f (district_id, sourced_id, person_id, until)
            select $1, r.old, r.id, $2 from {PROPOSED} r
            on conflict (district_id, sourced_id)
              do update set person_id = excluded.person_id, until = excluded.until""",
        district_id,
        applier.now,
    )
    return found


async def give_way(applier: Applier, target: Target) -> None:
    """Let tombstones go whose ids the file gives out again."""
    if target.table in tombstones.TABLES:
        named = f"select btrim(s.raw_sourced_id) from {target.staging} s where {REMOVED} is not true"
        await tombstones.give_way(applier.connection, applier.district_id, named, table=target.table)


async def bury(applier: Applier) -> None:
    """Tell consumers of OneRoster that the old ids are gone, once the new ones are in place."""
    await tombstones.bury(applier.connection, applier.district_id, applier.now, _RENAMED)


async def touch_references(applier: Applier) -> None:
    await tombstones.touch_references(applier.connection, applier.district_id, applier.now, _RENAMED)


async def samples(applier: Applier) -> list[dict[str, Any]]:
    """Give a few of them; no names, for most are students."""
    rows = await applier.connection.fetch(
        f"select new as sourced_id, id, old as was, keys as matched_by from {PROPOSED} order by old limit {FEW}"
    )
    return [dict(row) | {"id": str(row["id"]), "name": None, "fields": ["sourced_id"]} for row in rows]

"""What came under another sourcedId, for consumers that sync by dateLastModified: the old id is told to be gone.

A tombstone is a row of people of its own: archived, never staff, of the source `former`, with the old id, the names
that the standard requires, and the roles of then. So pages, filters, single reads and delta exports tell of it like of
anybody who left, at no cost of theirs. What needs the person goes by `former_of`. If the id is given out again, to
whomever, the tombstone gives way.

Organisations and classes have the same, as rows of their own tables with what the standard requires of them. Nothing
needs those but OneRoster, so `/v1` shows none and no reference finds one.

`renamed` is a select or a table of (id, old): the rows, and how they were called.
"""

from datetime import datetime
from uuid import UUID

from services.districts.tables import FORMER
from shared.clock import new_id
from shared.database import Connection

_GRAVE = f"g.district_id = $1 and g.former_of is not null and g.source = '{FORMER}'"
_REFERRING = ("enrollments", "results")
_STONE = f"g.district_id = $1 and g.source = '{FORMER}'"
_KEPT = {
    "orgs": ("name", "type", "identifier", "parent_id"),
    "classes": ("title", "class_code", "class_type", "location", "grades", "subjects", "subject_codes", "periods",
                "course_id", "org_id", "term_ids"),
}  # fmt: skip
TABLES = ("people", *_KEPT)


async def bury(
    connection: Connection, district_id: UUID, now: datetime, renamed: str, *, is_named: bool = False
) -> None:
    """Leave tombstones of those who are renamed already; of an id that is somebody's there is none.

    `is_named`: of the ids of another system by which the district shows people. Then the roster's own are not shown.
    """
    start = new_id().hex[:24]
    names = "n.id::text, r.old" if is_named else "r.old, null"
    await connection.execute(
        f"""with graves as (
              insert into districts.people (district_id, id, version, created_at, updated_at, archived_at, source,
                sourced_id, shown_id, former_of, given_name, family_name, enabled, is_staff, grades, agent_sourced_ids)
              select $1, n.id, 1, $2, $2, $2, '{FORMER}', {names}, r.person, r.given_name, r.family_name, false, false,
                     '{{}}', '{{}}'
              from (select r.old, p.id as person, p.given_name, p.family_name, row_number() over () as number
                    from ({renamed}) r join districts.people p on p.district_id = $1 and p.id = r.id
                    where p.shown_id is {"not " if is_named else ""}null) r,
                   lateral (select ('{start}' || lpad(to_hex(r.number), 8, '0'))::uuid as id) n
              on conflict do nothing
              returning id, former_of
            )
            insert into districts.roles (district_id, id, version, created_at, updated_at, archived_at, source,
              sourced_id, person_id, role, role_type, org_id)
            select $1, n.id, 1, $2, $2, $2, '{FORMER}', n.id::text, g.id, r.role, r.role_type, r.org_id
            from graves g join districts.roles r on r.district_id = $1 and r.person_id = g.former_of
                 and r.archived_at is null,
                 lateral (select gen_random_uuid() as id where r.id is not null) n""",
        district_id,
        now,
        timeout=None,
    )


async def bury_rows(
    connection: Connection, district_id: UUID, now: datetime, table: str, renamed: str, *, is_named: bool
) -> None:
    """Leave tombstones of organisations or classes that are renamed already."""
    start = new_id().hex[:24]
    names = "n.id::text, r.old" if is_named else "r.old, null"
    await connection.execute(
        f"""insert into districts.{table} (district_id, id, version, created_at, updated_at, archived_at, source,
              sourced_id, shown_id, {", ".join(_KEPT[table])})
            select $1, n.id, 1, $2, $2, $2, '{FORMER}', {names}, {", ".join(f"r.{name}" for name in _KEPT[table])}
            from (select r.old, row_number() over () as number, {", ".join(f"p.{name}" for name in _KEPT[table])}
                  from ({renamed}) r join districts.{table} p on p.district_id = $1 and p.id = r.id
                  where p.shown_id is {"not " if is_named else ""}null) r,
                 lateral (select ('{start}' || lpad(to_hex(r.number), 8, '0'))::uuid as id) n
            on conflict do nothing""",
        district_id,
        now,
        timeout=None,
    )


async def give_way(
    connection: Connection, district_id: UUID, named: str, *, table: str = "people", is_named: bool = False
) -> None:
    """Remove the tombstones under ids that come again; `named` selects them."""
    column = "shown_id" if is_named else "sourced_id"
    await _remove(connection, table, f"and g.{column} in ({named})", district_id)


async def forget(connection: Connection, district_id: UUID, made_at: datetime) -> None:
    """Remove the tombstones of an import that is taken back."""
    for table in TABLES:
        await _remove(connection, table, "and g.created_at = $2", district_id, made_at)


async def forget_all(connection: Connection, district_id: UUID) -> None:
    for table in TABLES:
        await _remove(connection, table, "", district_id)


async def _remove(connection: Connection, table: str, which: str, *values: object) -> None:
    is_one = _GRAVE if table == "people" else _STONE
    there = f"select exists (select from districts.{table} g where {is_one})"  # partial indexes tell at once
    if not await connection.fetchval(there, values[0]):
        return
    found = await connection.fetch(
        f"select g.id from districts.{table} g where {is_one} {which}", *values, timeout=None
    )
    ids = [row["id"] for row in found]
    of_people = (("user_documents", "person_id"), ("roles", "person_id")) if table == "people" else ()
    for other, column in (*of_people, (table, "id")) if ids else ():
        await connection.execute(
            f"delete from districts.{other} where district_id = $1 and {column} = any($2)", values[0], ids, timeout=None
        )


async def touch_references(connection: Connection, district_id: UUID, now: datetime, renamed: str) -> None:
    """Date what refers to the renamed: it reads otherwise now, though nothing else of it changed."""
    for table in _REFERRING:
        await connection.execute(
            f"""update districts.{table} x set updated_at = $2, version = x.version + 1
                where x.district_id = $1 and x.updated_at <> $2 and x.person_id in (select r.id from ({renamed}) r)""",
            district_id,
            now,
            timeout=None,
        )

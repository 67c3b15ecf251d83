"""Which id OneRoster out shows: that of the district's primary source, else ours.

By default the primary source is the roster's own, and what is shown is `sourced_id`, which is our id for rows made by
hand. A district may name another system of `external_ids` instead. Then people, organisations and classes have a
`shown_id`, kept here: the id that this system has for them, if the standard allows it as a sourcedId and nobody had it
first, else ours. Demographics are called as their person. Of all else only the roster's source has ids.

In SQL that is `shown(x)`; where an index has to serve, `narrowed` makes one column of it (documents.py).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from services.districts.oneroster import tombstones
from services.districts.oneroster.documents import count_up, shown, write_documents
from services.districts.tables import FORMER
from shared.database import Connection

TABLES = ("orgs", "classes", "people")
# What refers to a row of each table, and so reads otherwise when that is called otherwise.
_REFERRING: Mapping[str, tuple[tuple[str, str], ...]] = {
    "people": (("enrollments", "person_id"), ("results", "person_id"), ("demographics", "person_id")),
    "orgs": (
        ("people", "primary_org_id"), ("orgs", "parent_id"), ("courses", "org_id"), ("classes", "org_id"),
        ("enrollments", "org_id"), ("line_items", "org_id"),
    ),
    "classes": (
        ("enrollments", "class_id"), ("score_scales", "class_id"), ("line_items", "class_id"), ("results", "class_id"),
    ),
}  # fmt: skip


async def source_of(connection: Connection, district_id: UUID) -> str | None:
    """Give the system whose ids are shown; None is the roster's own."""
    found = await connection.fetchval(
        "select shown_source from districts.districts where district_id = $1 and id = $1", district_id
    )
    return None if found is None else str(found)


async def follow(
    connection: Connection, district_id: UUID, now: datetime, tables: Iterable[str] = TABLES,
    ids: list[UUID] | None = None,
) -> None:  # fmt: skip
    """After a change of rows, of these or of all that changed at `now`: let what they are called follow."""
    source = await source_of(connection, district_id)
    if source is None:
        return
    for table in tables:
        await _name(connection, district_id, now, table, source, ids)
        await _bury(connection, district_id, now, table, "select id, old from renamed_rows", is_named=True)
        if table == "people":
            await _name_demographics(connection, district_id)
        await _touch(connection, district_id, now, table)
        await connection.execute("drop table renamed_rows")
    await write_documents(connection, district_id, now)


async def _bury(
    connection: Connection, district_id: UUID, now: datetime, table: str, renamed: str, *, is_named: bool
) -> None:
    if table == "people":
        await tombstones.bury(connection, district_id, now, renamed, is_named=is_named)
    else:
        await tombstones.bury_rows(connection, district_id, now, table, renamed, is_named=is_named)


async def _name(
    connection: Connection, district_id: UUID, now: datetime, table: str, source: str, ids: list[UUID] | None
) -> None:
    """Make `renamed_rows` (id, old) of those that are called otherwise from now on; what is new has no old name."""
    which = "x.id = any($2)" if ids is not None else "(x.updated_at = $2 or x.shown_id is null)"
    await connection.execute(
        "create temporary table naming_rows (id uuid, old text, said text, turn bigint) on commit drop"
    )
    await connection.execute(
        f"""insert into naming_rows
            select x.id, x.shown_id, s.said, row_number() over (partition by s.said order by x.created_at, x.id)
            from districts.{table} x, lateral (
              select case when x.external_ids ->> $3 ~ '^[0-9A-Za-z./@_-]{{1,255}}$'
                          then x.external_ids ->> $3 end as said
            ) s where x.district_id = $1 and {which} and x.source <> '{FORMER}'""",
        district_id, ids if ids is not None else now, source, timeout=None,
    )  # fmt: skip
    await connection.execute(
        f"""create temporary table renamed_rows on commit drop as
            select n.id, n.old, case when n.said is not null and n.turn = 1 and not exists (
                select from districts.{table} o where o.district_id = '{district_id}' and o.shown_id = n.said
                  and o.id not in (select id from naming_rows) and o.source <> '{FORMER}')
              then n.said else n.id::text end as new
            from naming_rows n""",
        timeout=None,
    )
    await connection.execute("drop table naming_rows")
    await connection.execute("delete from renamed_rows where old is not distinct from new")
    await tombstones.give_way(connection, district_id, "select new from renamed_rows", table=table, is_named=True)
    for value in ("x.id::text", "n.new"):  # by way of our ids: two may change places
        await connection.execute(
            f"""update districts.{table} x set shown_id = {value}, updated_at = $2,
                       version = case x.updated_at when $2 then x.version else x.version + 1 end
                from renamed_rows n where x.district_id = $1 and x.id = n.id""",
            district_id, now, timeout=None,
        )  # fmt: skip
    await connection.execute("delete from renamed_rows where old is null")


async def _touch(connection: Connection, district_id: UUID, now: datetime, table: str) -> None:
    """Date what refers to the renamed; the documents of people at an organisation are written anew."""
    for other, column in _REFERRING[table]:
        await connection.execute(
            f"""update districts.{other} x set updated_at = $2, version = x.version + 1
                where x.district_id = $1 and x.updated_at <> $2 and x.{column} in (select id from renamed_rows)""",
            district_id, now, timeout=None,
        )  # fmt: skip
    if table == "orgs":
        await connection.execute(
            """update districts.people x set updated_at = $2, version = x.version + 1
               where x.district_id = $1 and x.updated_at <> $2 and x.id in (
                 select r.person_id from districts.roles r
                 where r.district_id = $1 and r.org_id in (select id from renamed_rows))""",
            district_id, now, timeout=None,
        )  # fmt: skip


async def _name_demographics(connection: Connection, district_id: UUID) -> None:
    """Call those of the renamed, and new ones, as their person: the latest of each."""
    await connection.execute(
        """update districts.demographics x set shown_id = x.id::text
           where x.district_id = $1 and (x.shown_id is null or x.person_id in (select id from renamed_rows))""",
        district_id, timeout=None,
    )  # fmt: skip
    await connection.execute(
        """update districts.demographics x set shown_id = n.new
           from (select distinct on (d.person_id) d.id, p.shown_id as new
                 from districts.demographics d join districts.people p on p.district_id = $1 and p.id = d.person_id
                 where d.district_id = $1 order by d.person_id, d.archived_at desc nulls first, d.id) n
           where x.district_id = $1 and x.id = n.id and x.shown_id = x.id::text and n.new is not null""",
        district_id, timeout=None,
    )  # fmt: skip


async def switch(connection: Connection, district_id: UUID, now: datetime, source: str | None) -> None:
    """Show the ids of another system from now on. To consumers that is a new roster: all of it has a new date."""
    await tombstones.forget_all(connection, district_id)
    of_each = (
        f"select '{table}' as noun, x.id, {shown('x', table)} as old from districts.{table} x"
        f" where x.district_id = '{district_id}'"
        for table in TABLES
    )
    await connection.execute(
        f"create temporary table called_before on commit drop as {' union all '.join(of_each)}", timeout=None
    )
    await connection.execute(
        "update districts.districts set shown_source = $2 where district_id = $1 and id = $1", district_id, source
    )
    for table in (*TABLES, "demographics"):
        await connection.execute(
            f"update districts.{table} set shown_id = null where district_id = $1", district_id, timeout=None
        )
    if source is not None:
        for table in TABLES:
            await _name(connection, district_id, now, table, source, None)
            if table == "people":
                await _name_demographics(connection, district_id)
            await connection.execute("drop table renamed_rows")
    for table in TABLES:
        renamed = f"""select c.id, c.old from called_before c join districts.{table} x on x.id = c.id
                      where c.noun = '{table}' and x.district_id = '{district_id}' and c.old <> {shown("x", table)}"""
        await _bury(connection, district_id, now, table, renamed, is_named=source is not None)
    for table in sorted({table for places in _REFERRING.values() for table, _ in places}):
        await connection.execute(
            f"""update districts.{table} set updated_at = $2, version = version + 1
                where district_id = $1 and updated_at <> $2""",
            district_id, now, timeout=None,
        )  # fmt: skip
    await write_documents(connection, district_id, now)
    await count_up(connection, district_id)

"""Row-level security by itself: whatever SQL the application's role runs, another district's rows are not there.

The tables come from the catalogue, so one that is added tomorrow is tested tomorrow. Each gets a row of one district;
then the application's role, with another district set, tries all that SQL has. All of it is rolled back.
"""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shared.clock import new_id
from shared.local.servers import Urls
from shared.settings import SERVICE_NAMES
from tests.architecture.test_tables import APP, WITHOUT_DISTRICT

OURS, THEIRS = new_id(), new_id()
COLUMNS = """
select c.relname as "table", a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
       a.attnotnull and not a.atthasdef and a.attidentity = '' as needed
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') and a.attgenerated = ''
order by c.relname, a.attnum"""
VALUES = {
    "text": "'x'", "character varying": "'x'",
    "uuid": "gen_random_uuid()", "jsonb": "'{}'", "boolean": "false", "bytea": "'\\x00'",
    "timestamp with time zone": "now()", "date": "current_date", "bigint": "1", "integer": "1", "smallint": "1",
    "double precision": "1",
}  # fmt: skip
REFUSED = (asyncpg.InsufficientPrivilegeError,)


@pytest.fixture
async def owner(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.migration_database_url)
    yield connection
    await connection.close()


async def tables_of(owner: asyncpg.Connection, schema: str) -> dict[str, dict[str, str]]:
    """Give for each table the columns that have to be filled, with a value."""
    found: dict[str, dict[str, str]] = {}
    for column in await owner.fetch(COLUMNS, schema):
        filled = found.setdefault(column["table"], {})
        # A row whose id is the district's own is one that a district has one of.
        if column["name"] == "district_id" or (column["table"], column["name"]) == ("observation_policies", "id"):
            filled[column["name"]] = f"'{THEIRS}'"
        elif column["needed"]:
            filled[column["name"]] = "'{}'" if column["type"].endswith("[]") else VALUES[column["type"].split("(")[0]]
    return found


async def tried(app: asyncpg.Connection, statement: str, *given: Any) -> int:
    """Give how many rows a statement touched; -1 if it was refused."""
    point = app.transaction()
    await point.start()
    try:
        answer = await app.execute(statement, *given)
    except REFUSED:
        await point.rollback()
        return -1
    await point.commit()
    return int(answer.split()[-1])


async def holes(owner: asyncpg.Connection, name: str, filled: dict[str, str]) -> list[str]:
    """Put a row of theirs into the table and say what the application's role could do with it as us."""
    await owner.execute("set local session_replication_role = replica")  # no foreign key is asked
    row = await owner.fetchval(
        f"""insert into {name} ({", ".join(f'"{column}"' for column in filled)}) values ({", ".join(filled.values())})
            returning to_jsonb({name.split(".")[1]}.*)::text"""
    )
    await owner.execute("set local session_replication_role = origin")
    await owner.execute(f"set local role {APP}; set local app.district_id = '{OURS}'")
    found = []
    if await owner.fetchval(f"select count(*) from {name}"):
        found.append(f"{name} is read")
    again = f"insert into {name} overriding system value select * from jsonb_populate_record(null::{name}, $1)"
    for what, statement, given in (
        ("is changed", f"update {name} set district_id = district_id", ()),
        ("is taken over", f"update {name} set district_id = '{OURS}'", ()),
        ("is deleted from", f"delete from {name}", ()),
        ("is added to", again, (row,)),
    ):
        if await tried(owner, statement, *given) > 0:
            found.append(f"{name} {what}")
    await owner.execute("reset role")
    kept = await owner.fetchval(
        f"select to_jsonb(t.*)::text from {name} t where district_id = $1 and to_jsonb(t.*) = $2::jsonb", THEIRS, row
    )
    return found if kept == row else [*found, f"{name} no longer has the row"]


@pytest.mark.parametrize("schema", SERVICE_NAMES)
async def test_no_row_of_another_district_is_read_changed_or_made(owner: asyncpg.Connection, schema: str) -> None:
    tables = await tables_of(owner, schema)
    without = {name for name, filled in tables.items() if "district_id" not in filled}
    assert without <= WITHOUT_DISTRICT.keys(), "a table without a district has nobody to keep it from"
    found = []
    for name in sorted(tables.keys() - without):
        transaction = owner.transaction()
        await transaction.start()
        found += await holes(owner, f"{schema}.{name}", tables[name])
        await transaction.rollback()
    assert len(tables) > len(without) + 8, "the catalogue was not read"
    assert not found, "\n".join(found)


@pytest.mark.parametrize("schema", SERVICE_NAMES)
async def test_without_a_district_nothing_is_read(owner: asyncpg.Connection, urls: Urls, schema: str) -> None:
    tables = await tables_of(owner, schema)
    app = await asyncpg.connect(urls.database_url)
    for name, filled in tables.items():
        if "district_id" in filled:
            with pytest.raises((asyncpg.UndefinedObjectError, asyncpg.InvalidTextRepresentationError)):
                await app.fetch(f"select * from {schema}.{name} where district_id = $1", THEIRS)
    await app.close()


@pytest.mark.parametrize("schema", SERVICE_NAMES)
async def test_nothing_looks_past_it(owner: asyncpg.Connection, schema: str) -> None:
    """A view, or a function of its owner's, would read with its owner's rights. One does, and gives names of tables."""
    assert not await owner.fetch(
        "select relname from pg_class where relnamespace = $1::regnamespace and relkind in ('v', 'm', 'f')", schema
    )
    functions = await owner.fetch(
        """select proname, pronargs, proconfig from pg_proc where pronamespace = $1::regnamespace and prosecdef""",
        schema,
    )
    allowed = [("analyze_grown", 0, ["search_path=pg_catalog"])] if schema == "districts" else []
    assert [tuple(row) for row in functions] == allowed
    if allowed:
        tables = await owner.fetch("select relname from pg_class where relnamespace = $1::regnamespace", schema)
        given = await owner.fetch(f"select * from {schema}.analyze_grown()")
        assert {row[0] for row in given} <= {row[0] for row in tables}


async def test_these_checks_can_fail(owner: asyncpg.Connection) -> None:
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute(
        f"""create schema loose;
            create table loose.rows (district_id uuid, id uuid, primary key (district_id, id));
            grant usage on schema loose to {APP}; grant all on loose.rows to {APP}"""
    )
    filled = {"district_id": f"'{THEIRS}'", "id": f"'{UUID(int=1)}'"}
    found = await holes(owner, "loose.rows", filled)
    await transaction.rollback()
    assert found == [
        "loose.rows is read",
        "loose.rows is changed",
        "loose.rows is taken over",
        "loose.rows is deleted from",
        "loose.rows is added to",
    ]

"""The real catalogue after the real migrations: every table belongs to a district, and PostgreSQL holds us to it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, NullPool
from sqlalchemy.engine import Connection as SyncConnection
from sqlalchemy.ext.asyncio import create_async_engine

from shared.catalogue import import_tables
from shared.database import sqlalchemy_url
from shared.local.servers import Urls
from shared.settings import SERVICE_NAMES

KEYS = """
select c.relname as "table", i.relname as name, case when x.indisprimary then 'primary' else 'unique' end as kind,
       (select attname from pg_attribute where attrelid = c.oid and attnum = x.indkey[0]) as leader
from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
where c.relnamespace = $1::regnamespace and x.indisunique
union all
select c.relname, k.conname, 'foreign',
       (select attname from pg_attribute where attrelid = c.oid and attnum = k.conkey[1])
from pg_constraint k join pg_class c on c.oid = k.conrelid
where c.relnamespace = $1::regnamespace and k.contype = 'f'
order by 1, 2"""
TABLES = """
select c.relname as name, c.relrowsecurity as secured, c.relowner::regrole::text as owner,
       exists (select from pg_index x where x.indrelid = c.oid and x.indisprimary) as keyed,
       exists (select from pg_policy p where p.polrelid = c.oid and $2::text::regrole = any (p.polroles)
               and pg_get_expr(p.polqual, p.polrelid) like '%district_id = (current_setting(''app.district_id''%')
         as held
from pg_class c where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') order by 1"""
LOOSE = """select p.polrelid::regclass::text from pg_policy p
           where $1::text::regrole = any (p.polroles) and p.polname <> 'district'"""
# Tables without a district, each with its reason.
WITHOUT_DISTRICT = {
    "feed_head": "one row a service: the last position that the sequencer gave",
    "feed_cursors": "a subscriber's place in a publisher's feed, across districts",
    "alembic_version": "Alembic's own",
    "signing_keys": "the same keys sign the tokens of every district",
}
# What has to be looked at across districts: the feed, work to do, tokens to refuse, stored answers to throw away, and
# audit rows, which hold ids only, to be chained.
ACROSS = {
    "outbox",
    "feed_head",
    "feed_cursors",
    "jobs",
    "ended_tokens",
    "idempotency_keys",
    "audit_events",
    "audit_heads",
    "webhook_places",
    "schedules",
}
APP, RELAY = "throughline_app", "throughline_relay"


@pytest.fixture
async def owner(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.migration_database_url)
    yield connection
    await connection.close()


async def faults(owner: asyncpg.Connection, schema: str) -> list[str]:
    found = []
    for table in await owner.fetch(TABLES, schema, APP):
        if table["name"] in WITHOUT_DISTRICT:
            continue
        if not table["keyed"]:
            found.append(f"{schema}.{table['name']} has no primary key")
        if not table["secured"]:
            found.append(f"{schema}.{table['name']} has no row-level security")
        if not table["held"]:
            found.append(f"{schema}.{table['name']} has no policy by district")
        if table["owner"] in {APP, RELAY}:
            found.append(f"{schema}.{table['name']} belongs to {table['owner']}")
    return found + [
        f"{schema}.{key['table']}: {key['kind']} {key['name']} starts with {key['leader']}"
        for key in await owner.fetch(KEYS, schema)
        if key["table"] not in WITHOUT_DISTRICT and key["leader"] != "district_id"
    ]


@pytest.mark.parametrize("schema", SERVICE_NAMES)
async def test_every_table_belongs_to_a_district(owner: asyncpg.Connection, schema: str) -> None:
    tables = {row["name"] for row in await owner.fetch(TABLES, schema, APP)}
    assert "outbox" in tables, "the catalogue was not read"
    found = await faults(owner, schema)
    assert not found, "\n".join(found)


async def test_exceptions_exist_and_have_no_district(owner: asyncpg.Connection) -> None:
    columns = await owner.fetch("select table_name as t, column_name as c from information_schema.columns")
    assert set(WITHOUT_DISTRICT) <= {row["t"] for row in columns}
    assert not {row["t"] for row in columns if row["c"] == "district_id"} & set(WITHOUT_DISTRICT)


@pytest.mark.parametrize("role", [APP, RELAY])
async def test_the_roles_own_nothing_and_bypass_nothing(owner: asyncpg.Connection, role: str) -> None:
    row = await owner.fetchrow(
        """select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
                  exists (select from pg_class where relowner = r.oid) as owns,
                  exists (select from pg_auth_members where member = r.oid) as is_member
           from pg_roles r where rolname = $1""",
        role,
    )
    assert row is not None
    assert not any(row.values()), dict(row)


async def test_only_the_relay_sees_across_districts(owner: asyncpg.Connection) -> None:
    assert not await owner.fetch(LOOSE, APP)
    seen = {row[0].split(".")[1] for row in await owner.fetch(LOOSE, RELAY)}
    assert seen == ACROSS - set(WITHOUT_DISTRICT)
    may_read = await owner.fetch(
        """select distinct table_name from information_schema.role_table_grants
           where grantee = $1 and table_schema = any ($2)""",
        RELAY, list(SERVICE_NAMES),
    )  # fmt: skip
    assert {row[0] for row in may_read} == ACROSS


async def test_the_application_may_only_add_to_the_audit_log(owner: asyncpg.Connection) -> None:
    for schema in SERVICE_NAMES:
        granted = await owner.fetch(
            """select privilege_type || ' ' || table_name from information_schema.role_table_grants
               where grantee = $1 and table_schema = $2 and table_name in ('audit_events', 'audit_heads')""",
            APP, schema,
        )  # fmt: skip
        assert {row[0] for row in granted} == {"SELECT audit_events", "SELECT audit_heads"}
        columns = await owner.fetch(
            """select column_name, array_agg(privilege_type::text order by privilege_type::text) as may
               from information_schema.role_column_grants
               where grantee = $1 and table_schema = $2 and table_name = 'audit_events' group by 1""",
            APP, schema,
        )  # fmt: skip
        may = {row["column_name"]: row["may"] for row in columns}
        assert may.pop("position") == may.pop("hash") == ["SELECT"], (
            "the places of the chain are the sequencer's to give"
        )
        assert len(may) == 11
        assert all(it == ["INSERT", "SELECT"] for it in may.values())


async def test_the_relay_may_only_place_audit_rows(owner: asyncpg.Connection) -> None:
    for schema in SERVICE_NAMES:
        columns = await owner.fetch(
            """select column_name from information_schema.role_column_grants
               where privilege_type = 'UPDATE' and grantee = $1 and table_schema = $2
                 and table_name = 'audit_events'""",
            RELAY, schema,
        )  # fmt: skip
        assert {row[0] for row in columns} == {"position", "hash"}


@pytest.mark.parametrize("schema", SERVICE_NAMES)
async def test_the_migrations_make_the_tables_of_the_code(urls: Urls, schema: str) -> None:
    metadata = import_tables(schema)
    engine = create_async_engine(sqlalchemy_url(urls.migration_database_url), poolclass=NullPool)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences, metadata) == []
    await engine.dispose()


def differences(connection: SyncConnection, metadata: MetaData) -> list[object]:
    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, _: kind != "schema" or name == metadata.schema,
        "include_object": lambda _, name, kind, *__: not (kind == "table" and name == "alembic_version"),
        "compare_type": True,
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_these_checks_can_fail(owner: asyncpg.Connection) -> None:
    # In a transaction that is rolled back, so that no other test sees it.
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute(
        f"""create schema wrong;
            create table wrong.rows (district_id uuid, id uuid primary key, name text unique);
            create table wrong.parts (district_id uuid, id uuid, row_id uuid references wrong.rows (id),
                                      primary key (district_id, id));
            alter table wrong.parts enable row level security;
            create policy district on wrong.parts to {APP} using (true);
            create table wrong.loose (district_id uuid)"""
    )
    found = await faults(owner, "wrong")
    await transaction.rollback()
    assert found == [
        "wrong.loose has no primary key",
        "wrong.loose has no row-level security",
        "wrong.loose has no policy by district",
        "wrong.parts has no policy by district",
        "wrong.rows has no row-level security",
        "wrong.rows has no policy by district",
        "wrong.parts: foreign parts_row_id_fkey starts with row_id",
        "wrong.rows: unique rows_name_key starts with name",
        "wrong.rows: primary rows_pkey starts with id",
    ]

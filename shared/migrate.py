"""Migrations: Alembic, one schema and one history for each service; and what must hold for every table afterwards.

Row-level security and grants are not left to the hand that writes a migration: after each upgrade every table with a
`district_id` gets its policy and the roles their grants, from the catalogue. The relay role has policies of its own on
the few tables of RELAYED, so no role needs BYPASSRLS.
"""

from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import MetaData, NullPool
from sqlalchemy.engine import Connection as SyncConnection
from sqlalchemy.ext.asyncio import create_async_engine

from shared.database import Connection, sqlalchemy_url
from shared.models import ADDED_TILL_ERASED, APPEND_ONLY
from shared.settings import Settings

LOCK = 7_264_011  # one migrator at a time, whoever starts it
RELAYED = {
    "outbox": "select, update, delete",
    "feed_head": "select, update",
    "feed_cursors": "select",
    "jobs": "select, delete",
    "ended_tokens": "select",
    "idempotency_keys": "select, delete",
    "audit_events": "select, update (position, hash)",
    "audit_heads": "select, insert, update",
}
RELAYED_IN = {"districts": {"webhook_places": "select", "schedules": "select"}}  # of one service alone
FILLED_AT_ONCE = {"districts"}  # by imports of whole rosters
AUDIT = "audit_events"
# What the application says in an audit row. Its place in the chain is the sequencer's to give (shared/audit/chain.py).
AUDITED = "district_id, id, at, client_id, person_id, action, entity, entity_id, fields, request_id, source"
ADDED_TO = (AUDIT,)  # and every table whose comment is APPEND_ONLY
TEMPLATE = Path(__file__).parent / "migration_template"
TIMEOUTS = "SET lock_timeout = '5s'; SET statement_timeout = '10min'"


class StrangeSchemaError(Exception):
    """The tables were made by migrations that are not ours."""


def config_of(folder: Path, metadata: MetaData, connection: SyncConnection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(TEMPLATE))
    config.set_main_option("version_locations", str(folder))
    config.set_main_option("path_separator", "os")
    config.attributes |= {"metadata": metadata, "connection": connection}
    return config


def run(config: Config) -> None:
    """Run the migrations of one service on the connection at hand (Alembic's env.py calls this)."""
    from alembic import context

    metadata: MetaData = config.attributes["metadata"]
    context.configure(
        connection=config.attributes["connection"],
        target_metadata=metadata,
        version_table_schema=metadata.schema,
        include_schemas=True,
        include_name=lambda name, kind, _: kind != "schema" or name == metadata.schema,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def ensure_roles(connection: Connection, settings: Settings) -> None:
    for role in {settings.application_role, settings.relay_role}:
        if not await connection.fetchval("select true from pg_roles where rolname = $1", role):
            await connection.execute(f'create role "{role}" login')


async def migrate(settings: Settings, services: dict[str, tuple[Path, MetaData]]) -> None:
    """Bring these services' schemas (name -> migrations folder, metadata) up to date. Safe to run twice or at once."""
    owner: Connection = await asyncpg.connect(settings.migration_database_url)
    try:
        await owner.execute("select pg_advisory_lock($1)", LOCK)
        await ensure_roles(owner, settings)
        engine = create_async_engine(sqlalchemy_url(settings.migration_database_url), poolclass=NullPool)
        for schema, (folder, metadata) in services.items():
            await owner.execute(f"create schema if not exists {schema}")
            async with engine.connect() as connection:
                await connection.exec_driver_sql(TIMEOUTS.split(";", maxsplit=1)[0])
                await connection.exec_driver_sql(TIMEOUTS.split(";")[1])
                await connection.commit()
                await connection.run_sync(_upgrade, folder, metadata)
                await connection.commit()
            await secure(owner, schema, settings)
        await engine.dispose()
    finally:
        await owner.close()


def _upgrade(connection: SyncConnection, folder: Path, metadata: MetaData) -> None:
    try:
        command.upgrade(config_of(folder, metadata, connection), "head")
    except CommandError as error:
        raise StrangeSchemaError(f"schema {metadata.schema}: {error}") from error


async def secure(owner: Connection, schema: str, settings: Settings) -> None:
    """Hold every table of the schema to the rule: row-level security by district, grants, the relay's own policies."""
    app, relay = f'"{settings.application_role}"', f'"{settings.relay_role}"'
    relayed = RELAYED | RELAYED_IN.get(schema, {})
    tables = await owner.fetch(
        """select c.relname, c.relrowsecurity,
                  exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'district_id') as tenant,
                  array(select polname::text from pg_policy p where p.polrelid = c.oid) as policies,
                  obj_description(c.oid, 'pg_class') as comment
           from pg_class c where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') order by 1""",
        schema,
    )
    for table in tables:
        name = f"{schema}.{table['relname']}"
        if table["tenant"] and not table["relrowsecurity"]:
            await owner.execute(f"alter table {name} enable row level security")
        if table["tenant"] and "district" not in table["policies"]:
            await owner.execute(
                f"""create policy district on {name} to {app}
                    using (district_id = current_setting('app.district_id')::uuid)"""
            )
        if table["tenant"] and table["relname"] in relayed and "relay" not in table["policies"]:
            await owner.execute(f"create policy relay on {name} to {relay} using (true)")
    if schema in FILLED_AT_ONCE:
        await owner.execute(_analyze_grown(schema))
    only_added_to = [t["relname"] for t in tables if t["relname"] in ADDED_TO or t["comment"] == APPEND_ONLY]
    erasable = [t["relname"] for t in tables if t["comment"] == ADDED_TILL_ERASED]
    await owner.execute(f"insert into {schema}.feed_head (id, position) values (1, 0) on conflict do nothing")
    await owner.execute(
        f"""grant usage on schema {schema} to {app}, {relay};
            grant select, insert, update, delete on all tables in schema {schema} to {app};
            grant usage on all sequences in schema {schema} to {app};
            revoke insert, update, delete, truncate on {schema}.alembic_version, {schema}.audit_heads from {app};
            revoke insert on {schema}.{AUDIT} from {app};
            grant insert ({AUDITED}) on {schema}.{AUDIT} to {app};"""
        + "".join(f"revoke update, delete, truncate on {schema}.{t} from {app};" for t in only_added_to)
        + "".join(f"revoke update, truncate on {schema}.{t} from {app};" for t in erasable)
        + "".join(f"grant {what} on {schema}.{t} to {relay};" for t, what in relayed.items())
    )


def _analyze_grown(schema: str) -> str:
    """Let who fills tables have statistics of them at once: PostgreSQL's own wait for a minute, and only an owner may.

    Until then the rows of a new district are thought to be one, and then any plan looks as good as the right one.
    """
    return f"""
        create or replace function {schema}.analyze_grown() returns setof text
        language plpgsql security definer set search_path = pg_catalog as $$
        declare grown text;
        begin
            for grown in
                select c.relname from pg_class c
                where c.relnamespace = '{schema}'::regnamespace and c.relkind = 'r'
                  and pg_relation_size(c.oid) > greatest(2 ^ 20, 1.5 * 8192 * c.relpages)
                order by 1
            loop
                execute format('analyze {schema}.%I', grown);
                return next grown;
            end loop;
        end $$;"""


async def revision(settings: Settings, folder: Path, metadata: MetaData, message: str) -> None:
    """Write a migration from the difference between the tables in code and those in the (migrated) database."""
    engine = create_async_engine(sqlalchemy_url(settings.migration_database_url), poolclass=NullPool)
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240 - a developer's command

    def write(connection: SyncConnection) -> Any:
        return command.revision(
            config_of(folder, metadata, connection), message, autogenerate=True, version_path=str(folder),
            rev_id=f"{len(list(folder.glob('*.py'))) + 1:04d}",
        )  # fmt: skip

    async with engine.connect() as connection:
        await connection.run_sync(write)
    await engine.dispose()

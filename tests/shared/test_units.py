"""The unit of work against the real database: one transaction of one district, whole or not at all."""

import asyncio

import asyncpg
import orjson
import pytest
import sqlalchemy.exc
from sqlalchemy import text

from shared.access.principals import Principal
from shared.clock import new_id, now
from shared.database import Database, OutdatedError
from shared.feed.events import Event
from shared.testing.stack import District, Stack
from shared.units import Unit, emit

HOT = pytest.mark.parametrize("hot", [True, False], ids=["hot", "with a session"])


@pytest.fixture
def database(stack: Stack) -> Database:
    return stack.runtimes["coaching"].database


def widget() -> Event:
    return Event("widget.made", "widgets", new_id(), {"name": "secret"}, ("name",))


async def count(database: Database, district_id, table: str) -> int:
    async with database.transaction(district_id) as connection:
        return int(await connection.fetchval(f"select count(*) from coaching.{table}"))


@HOT
async def test_events_and_their_audit_rows_come_with_the_commit(database, district: District, hot) -> None:
    who = Principal(district.id, "tl_someone")
    event, batch = widget(), Event.batch("widgets", [new_id(), new_id()])
    async with database.unit(district.id, who, hot=hot) as unit:
        emit(unit, event)
        emit(unit, batch)
        unit.audit("widgets.exported", "widgets", rows=2)
        assert await unit.connection.fetchval("select count(*) from coaching.outbox") == 0
    async with database.transaction(district.id) as connection:
        told = await connection.fetch(
            "select type, entity, entity_id, payload, position from coaching.outbox order by seq"
        )
        noted = await connection.fetch("select * from coaching.audit_events order by id")
    assert [(row["type"], row["entity"]) for row in told] == [
        ("widget.made", "widgets"), ("widgets.batch_changed", "widgets"),
    ]  # fmt: skip
    assert told[0]["entity_id"] == event.id
    assert [row["position"] for row in told] == [None, None]
    payload = orjson.loads(told[0]["payload"])
    assert payload["subject"] == f"widgets/{event.id}"
    assert payload["data"] == {"name": "secret"}
    assert [row["action"] for row in noted] == ["widget.made", "widgets.batch_changed", "widgets.exported"]
    assert {row["client_id"] for row in noted} == {"tl_someone"}
    assert orjson.loads(noted[0]["fields"]) == {"changed": ["name"]}
    assert len(orjson.loads(noted[1]["fields"])["ids"]) == 2
    assert "secret" not in str([dict(row) for row in noted])


@HOT
async def test_an_exception_takes_everything_back(database, district: District, hot) -> None:
    async def fail() -> None:
        async with database.unit(district.id, hot=hot) as unit:
            emit(unit, widget())
            unit.audit("widgets.read", "widgets")
            unit.after_commit(never)
            raise LookupError

    async def never() -> None:
        raise AssertionError("nothing was committed")

    for _ in range(12):
        with pytest.raises(LookupError):
            await fail()
    assert await count(database, district.id, "outbox") == 0
    assert await count(database, district.id, "audit_events") == 0


@HOT
async def test_books_that_cannot_be_written_take_the_change_back(database, district: District, hot) -> None:
    async def write() -> None:
        async with database.unit(district.id, hot=hot) as unit:
            emit(unit, widget())
            emit(unit, Event("widget.made", "widgets", new_id(), {"name": "\ud800"}))

    for _ in range(12):
        with pytest.raises(Exception, match=r"surrogate|UTF-8|JSON"):
            await write()
    assert await count(database, district.id, "outbox") == 0


@HOT
async def test_a_read_announces_nothing(database, district: District, hot) -> None:
    with pytest.raises(RuntimeError, match="a read may not announce"):
        async with database.unit(district.id, hot=hot) as unit:
            unit.may_write = False
            emit(unit, widget())
    assert await count(database, district.id, "outbox") == 0


async def test_session_and_connection_are_one_transaction(database, district: District) -> None:
    async with database.unit(district.id) as unit:
        await unit.connection.execute(
            """insert into coaching.copied_orgs (district_id, id, name, type, archived, version)
               values ($1, $2, 'A school', 'school', false, 1)""",
            district.id,
            new_id(),
        )
        found = (await unit.session.execute(text("select name from coaching.copied_orgs"))).scalars().all()
    assert found == ["A school"]


async def test_a_hot_unit_has_no_session(database, district: District) -> None:
    async with database.unit(district.id, hot=True) as unit:
        with pytest.raises(RuntimeError, match="hot"):
            _ = unit.session


async def insert_org(unit: Unit, district_id) -> None:
    await unit.connection.execute(
        """insert into coaching.copied_orgs (district_id, id, name, type, archived, version)
           values ($1, $2, 'A school', 'school', false, 1)""",
        district_id,
        new_id(),
    )


@HOT
async def test_the_database_itself_keeps_districts_apart(database, district, other_district, hot) -> None:
    """Row-level security, even where a statement names no district or another one."""
    async with database.unit(district.id, hot=hot) as unit:
        await insert_org(unit, district.id)
    async with database.unit(other_district.id, hot=hot) as unit:
        assert await unit.connection.fetchval("select count(*) from coaching.copied_orgs") == 0
        for statement in ("update coaching.copied_orgs set name = 'x'", "delete from coaching.copied_orgs"):
            assert (await unit.connection.execute(statement)).endswith(" 0")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.unit(other_district.id, hot=hot) as unit:
            await insert_org(unit, district.id)
    assert await count(database, district.id, "copied_orgs") == 1


async def test_without_a_district_there_is_an_error_not_everything(database) -> None:
    for _ in range(3):  # the first time the setting is unknown, later it is empty
        with pytest.raises((asyncpg.UndefinedObjectError, asyncpg.InvalidTextRepresentationError)):
            await database.pool.fetchval("select count(*) from coaching.copied_orgs")
    with pytest.raises(sqlalchemy.exc.DBAPIError):
        async with database.engine.connect() as connection:
            await connection.execute(text("select count(*) from coaching.copied_orgs"))


async def test_the_district_does_not_stay_on_the_connection(database, district: District) -> None:
    async with database.transaction(district.id) as connection:
        assert await connection.fetchval("select current_setting('app.district_id')") == str(district.id)
    left = await database.pool.fetchval("select current_setting('app.district_id', true)")
    assert left in {None, ""}


@pytest.mark.parametrize("statement", ["update {} set action = 'x'", "delete from {}", "truncate {}"])
async def test_the_audit_log_is_only_ever_added_to(database, district: District, statement) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction(district.id) as connection:
            await connection.execute(statement.format("coaching.audit_events"))


@pytest.mark.parametrize("table", ["copied_people", "coaching_sessions", "goals"])
async def test_the_relay_sees_the_feed_and_no_content(database, table) -> None:
    assert await database.relay.fetchval("select count(*) from coaching.outbox") >= 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.relay.fetchval(f"select count(*) from coaching.{table}")


async def test_the_application_owns_nothing_and_bypasses_nothing(database) -> None:
    role = await database.pool.fetchrow(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user"
    )
    assert not any(role.values())
    owned = await database.pool.fetchval(
        "select count(*) from pg_class where relowner = (select oid from pg_roles where rolname = current_user)"
    )
    assert owned == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.pool.execute("create table coaching.mine (id int)")


async def test_what_is_given_back_in_mid_transaction_is_no_alarm(database, district: District, caplog) -> None:
    with pytest.raises(OutdatedError):
        await database.begun(district.id, as_of=(2**40, now()))
    with pytest.raises(KeyError):
        async with database.transaction(district.id):
            raise KeyError("x")
    with pytest.raises(asyncpg.UndefinedTableError):
        async with database.transaction(district.id) as connection:
            await connection.execute("select from nothing_of_ours")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), database.transaction(district.id) as connection:
            await connection.execute("select pg_sleep(10)")
    assert "active transaction" not in caplog.text
    async with database.transaction(district.id) as connection:
        assert await connection.fetchval("select 1") == 1

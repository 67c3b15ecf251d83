"""Audit rows of reads: none in the read's own transaction, all of them in the log within a second, in groups."""

import asyncio

import asyncpg
import orjson
import pytest

from shared import read_audits
from shared.access.principals import Principal
from shared.clock import new_id, now
from shared.database import Database
from shared.testing.stack import District, Stack


@pytest.fixture
async def database(stack: Stack):
    """A database of the test's own: what other tests read waits elsewhere."""
    settings = stack.runtimes["coaching"].settings
    opened = await Database("coaching", settings.database_url, settings.relay_database_url, 3).open()
    yield opened
    await opened.close()


async def read(database: Database, district_id, action: str = "goal.viewed", **fields) -> None:
    async with database.unit(district_id, Principal(district_id, "tl_reader"), hot=True) as unit:
        unit.may_write = False
        unit.audit(action, "goals", new_id(), **fields)


async def kept(database: Database, district_id) -> list[asyncpg.Record]:
    async with database.transaction(district_id) as connection:
        return await connection.fetch("select * from coaching.audit_events order by id")


async def test_a_read_writes_nothing_and_is_in_the_log_within_a_second(database, district: District) -> None:
    async with database.unit(district.id, hot=True) as unit:
        unit.may_write = False
        unit.audit("goal.viewed", "goals", None, rows=3)
        await unit.commit()
        async with database.transaction(district.id) as connection:
            assert await connection.fetchval("select pg_current_xact_id_if_assigned() is null")
        assert await kept(database, district.id) == []
    for _ in range(20):
        await asyncio.sleep(0.05)
        if rows := await kept(database, district.id):
            break
    assert [(row["action"], orjson.loads(row["fields"])) for row in rows] == [("goal.viewed", {"rows": 3})]


async def test_a_group_is_written_at_once_each_row_in_its_own_district(
    database, district: District, other_district: District, monkeypatch
) -> None:
    monkeypatch.setattr(read_audits, "WAIT_SECONDS", 3600)
    monkeypatch.setattr(read_audits, "GROUP", 7)
    for number in range(7):
        await read(database, (district if number % 2 else other_district).id, number=number)
    for _ in range(40):
        await asyncio.sleep(0.05)
        if await kept(database, district.id) and await kept(database, other_district.id):
            break
    mine, theirs = await kept(database, district.id), await kept(database, other_district.id)
    assert [orjson.loads(row["fields"])["number"] for row in mine] == [1, 3, 5]
    assert [orjson.loads(row["fields"])["number"] for row in theirs] == [0, 2, 4, 6]
    assert [row["at"] for row in mine] == sorted(row["at"] for row in mine)


async def test_what_comes_while_a_group_is_written_is_written_too(database, district, monkeypatch) -> None:
    monkeypatch.setattr(read_audits, "GROUP", 2)
    await asyncio.gather(*(read(database, district.id, number=number) for number in range(31)))
    for _ in range(40):
        await asyncio.sleep(0.05)
        if len(rows := await kept(database, district.id)) == 31:
            break
    assert {orjson.loads(row["fields"])["number"] for row in rows} == set(range(31))


async def test_the_end_of_a_process_loses_none(stack: Stack, district: District) -> None:
    settings = stack.runtimes["coaching"].settings
    database = await Database("coaching", settings.database_url, settings.relay_database_url, 3).open()
    for _ in range(5):
        await read(database, district.id)
    await database.close()
    assert len(await kept(stack.runtimes["coaching"].database, district.id)) == 5


async def test_while_the_database_is_away_they_wait_and_past_a_bound_a_read_is_refused(
    stack: Stack, district: District, monkeypatch
) -> None:
    there, gone = stack.runtimes["coaching"].database, "postgresql://nobody@/none?host=/nowhere"
    away = await Database("coaching", gone, gone, 2).open()
    monkeypatch.setattr(read_audits, "MOST", 3)
    monkeypatch.setattr(read_audits, "AGAIN_SECONDS", 0.01)
    rows = [
        read_audits.ReadAudit(district.id, now(), "tl_reader", None, None, "live", "goal.viewed", "goals", None, "{}")
        for _ in range(3)
    ]
    await away.read_audits.note(rows)
    await asyncio.sleep(read_audits.WAIT_SECONDS + 0.1)  # tried, and tried again
    with pytest.raises(OSError):
        await away.read_audits.note(rows[:1])
    away.dsn = there.dsn
    await away.open()
    await away.read_audits.flush()
    assert len(await kept(there, district.id)) == 3, "the fourth is the first again, under its own id"
    await away.close()


async def test_one_row_that_cannot_be_kept_as_it_is_spoils_no_other(database, district: District) -> None:
    await read(database, district.id, key="fine")
    await read(database, district.id, key="not \x00 fine")
    await read(database, district.id, key="fine too")
    await database.read_audits.flush()
    assert [orjson.loads(row["fields"]) for row in await kept(database, district.id)] == [
        {"key": "fine"}, {}, {"key": "fine too"},
    ]  # fmt: skip


async def test_what_is_no_json_is_the_fault_of_its_own_read(database, district: District) -> None:
    with pytest.raises(TypeError):
        await read(database, district.id, filter="\ud800")
    await read(database, district.id, filter="fine")
    await database.read_audits.flush()
    assert len(await kept(database, district.id)) == 1

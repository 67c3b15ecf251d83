"""Connections that are kept open: each in one hand at a time, and none goes on with what somebody left on it."""

import asyncio

import asyncpg
import pytest

from shared import pool as pools
from shared.pool import Pool
from shared.testing.stack import Stack

SIZE = 2
WHO = "select pg_backend_pid()"


@pytest.fixture
async def pool(stack: Stack):
    opened = Pool(stack.runtimes["coaching"].settings.database_url, SIZE, {})
    yield opened
    async with asyncio.timeout(5):  # it waits for whatever a test took and did not give back
        await opened.close()


async def test_no_more_than_its_size_are_open_and_each_is_in_one_hand(pool: Pool) -> None:
    in_hand: set[asyncpg.Connection] = set()
    backends = set()

    async def work() -> None:
        async with pool.acquire() as connection:
            assert connection not in in_hand
            in_hand.add(connection)
            backends.add(await connection.fetchval(WHO))
            in_hand.remove(connection)

    await asyncio.gather(*(work() for _ in range(40)))
    assert len(backends) == SIZE


async def test_who_waits_gets_one_in_turn_and_who_left_the_row_is_passed_over(pool: Pool) -> None:
    taken = [await pool.take() for _ in range(SIZE)]
    served: list[int] = []

    async def wait(number: int) -> None:
        async with pool.acquire():
            served.append(number)

    waiting = [asyncio.create_task(wait(number)) for number in range(4)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    pool.give_back(taken[0])
    waiting[0].cancel()  # its turn has come already
    await asyncio.gather(*waiting, return_exceptions=True)
    assert served == [2, 3]
    pool.give_back(taken[1])


@pytest.mark.parametrize("statement", ["begin", "begin; select pg_sleep(60)", "select pg_sleep(60)"])
async def test_what_is_cancelled_is_ended_before_the_next_one_has_the_connection(pool: Pool, statement: str) -> None:
    async def work() -> None:
        async with pool.acquire() as connection:
            await connection.execute(statement)
            await asyncio.sleep(60)

    working = [asyncio.create_task(work()) for _ in range(SIZE)]
    for pause in (0.05, 0):  # in the middle of it, and before any answer
        await asyncio.sleep(pause)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        working = [asyncio.create_task(work()) for _ in range(SIZE)]
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)
    for _ in range(SIZE):
        connection = await pool.take()
        assert await connection.fetchval("select 1") == 1
        assert not connection.is_in_transaction(), "so the server says"
        pool.give_back(connection)


async def test_a_transaction_whose_begin_was_cancelled_is_forgotten(pool: Pool) -> None:
    async def work() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await asyncio.sleep(60)

    await pool.execute("select 1")  # so that the first thing that is waited for is the BEGIN
    for _ in range(20):  # whether the server had begun it, or was stopped before, or one statement later
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with pool.acquire() as connection, connection.transaction():
            assert await connection.fetchval("select 1") == 1


async def test_a_transaction_that_was_left_open_is_rolled_back(pool: Pool) -> None:
    connection = await pool.take()
    await connection.execute("begin; set local app.district_id = 'mine'")
    pool.give_back(connection)
    taken = [await pool.take() for _ in range(SIZE)]
    assert [await one.fetchval("select current_setting('app.district_id', true)") for one in taken] != ["mine"]
    assert not any(one.is_in_transaction() for one in taken)
    for one in taken:
        pool.give_back(one)


async def test_one_that_ended_or_is_not_trusted_is_replaced(pool: Pool) -> None:
    async with pool.acquire() as connection:
        ended = await connection.fetchval(WHO)
    connection.terminate()
    held = await pool.take()
    assert await held.fetchval(WHO) != ended
    pool.expire()
    assert await held.fetchval("select 1") == 1, "whoever has it goes on"
    pool.give_back(held)
    async with pool.acquire() as connection:
        assert connection is not held
    with pytest.raises(asyncpg.PostgresError):
        await pool.execute("select 1 / 0")
    assert await pool.fetchval("select 1") == 1


async def test_what_nobody_needs_is_ended(pool: Pool, monkeypatch) -> None:
    monkeypatch.setattr(pools, "KEPT_SECONDS", 0.0)
    async with pool.acquire() as connection:
        pass
    await asyncio.sleep(0.02)
    assert connection.is_closed()


async def test_a_closed_pool_gives_none_and_whoever_waits_is_told(pool: Pool) -> None:
    taken = [await pool.take() for _ in range(SIZE)]
    waiting = asyncio.create_task(pool.take())
    closing = asyncio.create_task(pool.close())
    with pytest.raises(asyncpg.InterfaceError):
        await waiting
    assert not closing.done()
    for connection in taken:
        pool.give_back(connection)
    await closing
    assert all(connection.is_closed() for connection in taken)
    with pytest.raises(asyncpg.InterfaceError):
        await pool.take()


async def test_room_that_could_not_be_used_is_free_again() -> None:
    pool = Pool("postgresql://nobody@/none?host=/nowhere", 1, {})
    for _ in range(2):
        with pytest.raises(OSError):
            await pool.take()
    await pool.close()

"""Connections to PostgreSQL that are kept open: at most so many, each in one hand at a time.

asyncpg has a pool too. Taking from it and giving back to it costs a proxy, a task, a shield and a timer each time, an
eighth of what a page costs the API process. Here both are a list operation, as long as a connection comes back as it
went. One that may not (its statement failed, or whoever waited for it was cancelled) is rolled back before the next one
has it, in a task of its own, which ends whatever becomes of whoever gave it back.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    from shared.database import Connection

KEPT_SECONDS = 60.0  # that nobody needs it
CLEAN_SECONDS = 10.0

Prepare = Callable[["Connection"], Awaitable[None]]


class Pool:
    """Connections are opened when they are needed. The one that came back last goes out first, so the others end."""

    def __init__(self, dsn: str, size: int, settings: Mapping[str, str], prepare: Prepare | None = None) -> None:
        self._dsn = dsn
        self._size = size
        self._settings = dict(settings)
        self._prepare = prepare
        self._idle: deque[tuple[Connection, float]] = deque()  # and since when
        self._open = 0  # idle, in hand, and about to be opened
        # Given a connection, or None: there may be room for one.
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._outdated: set[Connection] = set()
        self._in_hand: set[Connection] = set()
        self._cleaning: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._is_closing = False

    async def take(self) -> "Connection":
        """Take a connection: `give_back` it, or `clean` it, afterwards. Whoever waits gets one in turn."""
        while not self._is_closing:
            if self._idle:
                connection = self._idle.pop()[0]
                self._in_hand.add(connection)
            elif self._open < self._size:
                return await self._connect()
            elif (handed := await self._wait()) is not None:
                connection = handed
            else:
                continue
            if not connection.is_closed():
                return connection
            self._drop(connection)
        raise asyncpg.InterfaceError("the pool is closed")

    def give_back(self, connection: "Connection") -> None:
        """Give back what is as it was: its last statement has ended, and so has its transaction."""
        if connection.is_closed() or connection in self._outdated or self._is_closing:
            self._drop(connection)
        elif connection.is_in_transaction():
            self._start_cleaning(connection)
        elif not self._wake(connection):
            self._in_hand.discard(connection)
            self._idle.append((connection, monotonic()))
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(KEPT_SECONDS, self._end_unneeded)

    async def clean(self, connection: "Connection") -> None:
        """Give back what may have a statement or a transaction open. It is done even if the caller is cancelled."""
        if connection.is_closed():
            self._drop(connection)
        else:
            await asyncio.shield(self._start_cleaning(connection))

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator["Connection"]:
        connection = await self.take()
        try:
            yield connection
        except BaseException:
            await self.clean(connection)
            raise
        self.give_back(connection)

    async def execute(self, statement: str, *given: object) -> str:
        async with self.acquire() as connection:
            return await connection.execute(statement, *given)

    async def fetch(self, statement: str, *given: object) -> list[asyncpg.Record]:
        async with self.acquire() as connection:
            return await connection.fetch(statement, *given)

    async def fetchrow(self, statement: str, *given: object) -> asyncpg.Record | None:
        async with self.acquire() as connection:
            return await connection.fetchrow(statement, *given)

    async def fetchval(self, statement: str, *given: object) -> Any:
        async with self.acquire() as connection:
            return await connection.fetchval(statement, *given)

    def expire(self) -> None:
        """Trust no connection that was opened until now: the idle ones end here, the others when they come back."""
        while self._idle:
            self._drop(self._idle.pop()[0])
        self._outdated |= self._in_hand

    async def close(self) -> None:
        """End every connection, those in hand when they come back."""
        self._is_closing = True
        if self._timer is not None:
            self._timer.cancel()
        while self._wake():  # they are told that it is closed
            pass
        while self._idle:
            connection, _ = self._idle.pop()
            self._open -= 1
            await connection.close()
        while self._open:
            await self._wait()

    async def _connect(self) -> "Connection":
        self._open += 1
        connection: Connection | None = None
        try:
            connection = await asyncpg.connect(self._dsn, server_settings=self._settings)
            if self._prepare is not None:
                await self._prepare(connection)
        except BaseException:
            if connection is not None:
                connection.terminate()
            self._open -= 1
            self._wake()
            raise
        self._in_hand.add(connection)
        return connection

    async def _wait(self) -> "Connection | None":
        """Wait in the row for a connection that comes back, or for the room of one that does not."""
        turn: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was our turn, and is the next one's
                handed = turn.result()
                if handed is None:
                    self._wake()
                else:
                    self.give_back(handed)
            raise

    def _wake(self, connection: "Connection | None" = None) -> bool:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False

    def _drop(self, connection: "Connection") -> None:
        self._in_hand.discard(connection)
        self._outdated.discard(connection)
        self._open -= 1
        if not connection.is_closed():
            connection.terminate()
        self._wake()

    def _start_cleaning(self, connection: "Connection") -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._clean(connection))
        self._cleaning.add(task)
        task.add_done_callback(self._cleaning.discard)
        return task

    async def _clean(self, connection: "Connection") -> None:
        try:
            async with asyncio.timeout(CLEAN_SECONDS):
                if not connection.is_in_transaction():
                    await connection.execute("")  # asyncpg waits first for what was cancelled, which may have begun one
                if connection.is_in_transaction():
                    await connection.execute("ROLLBACK")
                await connection.reset()  # or asyncpg takes a transaction whose BEGIN was cancelled for an open one
        except BaseException as error:
            self._drop(connection)
            if not isinstance(error, Exception):
                raise
        else:
            self.give_back(connection)

    def _end_unneeded(self) -> None:
        """End what nobody has needed for a minute. The oldest are at the front."""
        self._timer = None
        now = monotonic()
        while self._idle and now - self._idle[0][1] >= KEPT_SECONDS:
            self._drop(self._idle.popleft()[0])
        if self._idle:
            pause = max(1.0, self._idle[0][1] + KEPT_SECONDS - now)
            self._timer = asyncio.get_running_loop().call_later(pause, self._end_unneeded)

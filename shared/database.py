"""PostgreSQL as a service sees it: two pools of the application role, and a small one of the relay role.

Every transaction opens with `SET LOCAL app.district_id`, which row-level security compares with each row. A hot
operation takes a plain asyncpg connection (shared/pool.py), where BEGIN and SET LOCAL are one round trip; cold CRUD
takes an SQLModel session. On a plain connection JSON is text, in both: read it with orjson.loads, write it as
`$1::text::jsonb`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from shared.access.principals import Principal
from shared.pool import Pool
from shared.read_audits import ReadAudits

if TYPE_CHECKING:
    from shared.units import Unit

    Connection = asyncpg.Connection[asyncpg.Record]
    Record = asyncpg.Record
else:  # generic in the stubs only
    Connection = asyncpg.Connection
    Record = asyncpg.Record
Place = tuple[int, datetime]
"""How far a service has applied the feed of districts, and since when."""
_LOST = (asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.InterfaceError, ConnectionError)
_SETTINGS = {
    "statement_timeout": "30000",
    # No disk has a head to move. At the default of 4 the page of a table that was filled but not analyzed yet, planned
    # once and kept, sorts the whole district where the index has the order: 11 ms instead of 0.2.
    "random_page_cost": "1.1",
}


def sqlalchemy_url(dsn: str) -> str:
    """Turn a libpq address into SQLAlchemy's for asyncpg. A unix socket (`?host=/folder`) stays in the query."""
    parts = urlsplit(dsn)
    return urlunsplit(("postgresql+asyncpg", *parts[1:]))


class OutdatedError(Exception):
    """The feed of districts has brought something since what the caller goes by was read."""


class Database:
    """One service's way to PostgreSQL. Its SQL names its schema; each process has pools, so they are small."""

    def __init__(self, schema: str, dsn: str, relay_dsn: str, pool_size: int = 8) -> None:
        self.schema = schema
        self.dsn = dsn
        self.relay_dsn = relay_dsn
        self.pool_size = pool_size
        self.read_audits = ReadAudits(self)
        self.pool: Pool
        self.relay: Pool
        self.engine: AsyncEngine

    async def open(self) -> Self:
        options = _SETTINGS | {"application_name": f"throughline {self.schema}"}
        self.pool = Pool(self.dsn, self.pool_size, options, self._prepare)
        # A statement planned on an empty outbox would keep that plan for ever.
        self.relay = Pool(self.relay_dsn, 2, options | {"plan_cache_mode": "force_custom_plan"})
        self.engine = create_async_engine(
            sqlalchemy_url(self.dsn),
            pool_size=self.pool_size,
            max_overflow=0,  # one that overflows is closed when it comes back, so that the next request opens another
            pool_use_lifo=True,
            pool_timeout=10,
            pool_pre_ping=False,
            connect_args={"server_settings": options},
            json_serializer=lambda value: orjson.dumps(value, default=str).decode(),
            json_deserializer=orjson.loads,
        )
        return self

    async def close(self) -> None:
        await self.read_audits.close()
        await self.engine.dispose()
        for pool in (self.pool, self.relay):
            await pool.close()

    async def _prepare(self, connection: Connection) -> None:
        """Plan once what `begun` asks with `as_of`, so that it costs next to nothing in that trip."""
        await connection.execute(
            f"""prepare feed_is_at (bigint, timestamptz) as
                select 1 / count(*)::int from {self.schema}.feed_cursors
                where publisher = 'districts' and position = $1 and updated_at = $2"""
        )

    async def begun(self, district_id: UUID, *, as_of: Place | None = None) -> Connection:
        """Take a connection of the hot pool, with a transaction of that district begun: `commit` it, or let the
        pool `clean` it, afterwards.

        With `as_of`, raise `OutdatedError` if the feed of districts is applied here to another place than that.

        A server that was started again has left us connections that only look alive. Nothing was asked of it yet, so
        it is tried again, on a new one.
        """
        try:
            return await self._begun(district_id, as_of)
        except _LOST:
            self.pool.expire()
            return await self._begun(district_id, as_of)

    async def row(self, statement: str, *given: object) -> asyncpg.Record | None:
        """Read one row of a table that has no district; again, as in `begun`, where a connection only looked alive."""
        try:
            return await self.pool.fetchrow(statement, *given)
        except _LOST:
            self.pool.expire()
            return await self.pool.fetchrow(statement, *given)

    async def _begun(self, district_id: UUID, as_of: Place | None) -> Connection:
        connection = await self.pool.take()
        try:
            await begin(connection, district_id, as_of)
        except BaseException as error:
            await self.pool.clean(connection)
            if isinstance(error, asyncpg.DivisionByZeroError):
                raise OutdatedError from None
            raise
        return connection

    async def commit(self, connection: Connection) -> None:
        """Commit what `begun` began, and give the connection back."""
        try:
            await connection.execute("COMMIT")
        except BaseException:
            await self.pool.clean(connection)
            raise
        self.pool.give_back(connection)

    @asynccontextmanager
    async def transaction(self, district_id: UUID) -> AsyncIterator[Connection]:
        """Run one transaction of one district on the hot pool; commit at the end, roll back on any exception."""
        connection = await self.begun(district_id)
        try:
            yield connection
        except BaseException:
            await self.pool.clean(connection)
            raise
        await self.commit(connection)

    @asynccontextmanager
    async def unit(
        self, district_id: UUID, who: Principal | None = None, *, hot: bool = False
    ) -> AsyncIterator["Unit"]:
        """Run a unit of work outside of a request: a job, an effect, a command."""
        from shared.units import open_unit  # the unit needs the database's types

        unit = await open_unit(self, who or Principal.system(district_id), hot=hot)
        try:
            yield unit
            await unit.commit()
        except BaseException:
            await unit.rollback()
            raise


async def begin(connection: Connection, district_id: UUID, as_of: Place | None = None) -> None:
    """Open a transaction and name its district, in one trip; with `as_of`, also ask where the feed is applied to."""
    asked = f"; EXECUTE feed_is_at ({int(as_of[0])}, '{as_of[1].isoformat()}')" if as_of else ""
    if not isinstance(district_id, UUID):  # it is written into the statement
        raise TypeError(f"a district is named by a UUID, not by {type(district_id).__name__}")
    await connection.execute(f"BEGIN; SET LOCAL app.district_id = '{district_id}'{asked}")


async def begin_session(session: AsyncSession, district_id: UUID) -> Connection:
    """Open a session's transaction and name its district; give the driver's own connection, inside that transaction.

    Once again, as in `Database.begun`, if the connection only looked alive: SQLAlchemy then forgets all of its age.
    """
    try:
        return await _begin_session(session, district_id)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        await session.rollback()
        return await _begin_session(session, district_id)


async def _begin_session(session: AsyncSession, district_id: UUID) -> Connection:
    connection = await session.connection()
    await connection.execute(text(f"SET LOCAL app.district_id = '{UUID(str(district_id))}'"))
    raw = await connection.get_raw_connection()
    return cast("Connection", raw.driver_connection)

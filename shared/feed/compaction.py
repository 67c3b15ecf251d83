"""Drops what a later event has replaced, once it is old. The latest event of every entity stays for ever.

So a replay from zero still rebuilds today's state. Batch events stay as well: each stands for many entities.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from shared.database import Connection, Database
from shared.feed.events import BATCH_SUFFIX

log = structlog.get_logger()
KEPT = timedelta(days=90)


async def compact(database: Database, now: datetime) -> int:
    """Go through the districts, each in a transaction of its own; give how many rows went."""
    dropped = 0
    async for district_id in districts_of(database):
        async with database.relay.acquire() as connection, connection.transaction():
            await connection.execute("set local statement_timeout = '10min'")
            dropped += await _compact_district(connection, database.schema, district_id, now)
    log.info("feed_compacted", service=database.schema, dropped=dropped)
    return dropped


async def districts_of(database: Database) -> AsyncIterator[UUID]:
    """Give every district that has told anything, by steps along the primary key: a `distinct` would read all of it."""
    district_id: UUID | None = None
    while True:
        district_id = await database.relay.fetchval(
            f"""select district_id from {database.schema}.outbox
                where $1::uuid is null or district_id > $1 order by district_id limit 1""",
            district_id,
        )
        if district_id is None:
            return
        yield district_id


async def _compact_district(connection: Connection, schema: str, district_id: UUID, now: datetime) -> int:
    tag = await connection.execute(
        f"""delete from {schema}.outbox old
            where district_id = $1 and created_at < $2 and position is not null and type not like '%' || $3
              and exists (select from {schema}.outbox later
                          where later.district_id = $1 and later.entity = old.entity
                            and later.entity_id = old.entity_id and later.position > old.position)""",
        district_id,
        now - KEPT,
        BATCH_SUFFIX.replace("_", r"\_"),
    )
    return int(tag.split()[-1])

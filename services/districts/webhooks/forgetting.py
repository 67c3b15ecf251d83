"""Deliveries that are over are kept for a while, so that somebody can look at what was tried."""

from datetime import datetime, timedelta

from shared.database import Database
from shared.feed.compaction import districts_of

DELIVERED_FOR = timedelta(days=30)
DEAD_FOR = timedelta(days=90)
_CHUNK = 5000


async def forget(database: Database, now: datetime) -> int:
    """Drop what was delivered 30 days ago, and dead letters of 90 days."""
    dropped = 0
    async for district_id in districts_of(database):
        gone = _CHUNK
        while gone == _CHUNK:
            async with database.transaction(district_id) as connection:
                tag = await connection.execute(
                    """delete from districts.webhook_deliveries where district_id = $1 and id in (
                         select id from districts.webhook_deliveries
                         where district_id = $1 and ((state = 'delivered' and ended_at < $2)
                           or (state = 'dead' and ended_at < $3)) limit $4)""",
                    district_id, now - DELIVERED_FOR, now - DEAD_FOR, _CHUNK,
                )  # fmt: skip
            gone = int(tag.split()[-1])
            dropped += gone
    return dropped

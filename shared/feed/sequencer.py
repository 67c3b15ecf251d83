"""Gives committed outbox rows their place in the feed.

A position is assigned after the commit, so a transaction that took long simply gets a later one: nobody who reads
`position > cursor` can skip it, and nobody waits for it. The head row's lock makes positions appear in order, whoever
and however many the sequencers are; there is no leader.
"""

import asyncio
from collections.abc import Awaitable, Callable

from shared.database import Database

BATCH = 2000
BUSY = 0.02
IDLE = 0.25


class Sequencer:
    def __init__(self, database: Database) -> None:
        outbox, head = f"{database.schema}.outbox", f"{database.schema}.feed_head"
        self._relay = database.relay
        self._waiting = f"select exists (select from {outbox} where position is null)"
        self._lock = f"select position from {head} for update"
        # The head counts on by itself: max(position) would use positions again once retention has emptied the table.
        self._assign = f"""
            with batch as (
                select district_id, seq, row_number() over (order by seq) as place
                from {outbox} where position is null order by seq limit {BATCH}
            ), assigned as (
                update {outbox} o set position = $1 + batch.place
                from batch where o.district_id = batch.district_id and o.seq = batch.seq returning 1
            ), counted as (select count(*) as n from assigned)
            update {head} set position = position + n from counted returning n"""

    async def run_once(self) -> int:
        """Place up to `BATCH` rows; give how many."""
        async with self._relay.acquire() as connection:
            if not await connection.fetchval(self._waiting):
                return 0
            async with connection.transaction():
                # Two statements: the second needs a snapshot from after the lock, or it would place rows twice.
                head = await connection.fetchval(self._lock)
                return int(await connection.fetchval(self._assign, head))

    async def run(self, nudge: Callable[[], Awaitable[None]]) -> None:
        """Place rows for ever; after each batch wake those who listen. Ends by being cancelled or by an outage."""
        pause = IDLE
        while True:
            placed = await self.run_once()
            if placed:
                await nudge()
            pause = BUSY if placed else min(pause * 2, IDLE)
            if placed < BATCH:
                await asyncio.sleep(pause)

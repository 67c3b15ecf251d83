"""Pages of the feed as ready bytes: the payloads are JSON already, so a page is their join."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.database import Database

DEFAULT_LIMIT = 2000
MAX_LIMIT = 5000
# A page of batch events would otherwise weigh 80 MB on both sides.
PAGE_BYTES = 2 * 2**20


async def read_feed(database: Database, after: int, limit: int = DEFAULT_LIMIT, types: Sequence[str] = ()) -> bytes:
    """Give `{"events": [...], "next": "<cursor>", "more": bool}`: what follows `after`, of these types (none: all).

    `next` also passes the events that `types` leaves out. Without `more` the reader has caught up.
    """
    rows = await database.relay.fetch(_page(database.schema), after, limit, list(types), PAGE_BYTES)
    if not rows:
        return b'{"events":[],"next":"%d","more":false}' % after
    events = b",".join(b'{"position":%d,%s' % (place, text[1:].encode()) for place, text, _ in rows if text)
    place, _, head = rows[-1]
    return b'{"events":[%s],"next":"%d","more":%s}' % (events, place, b"true" if place < head else b"false")


def _page(schema: str) -> str:
    # A page ends with the row that makes it too heavy. octet_length knows a text's length without unpacking it.
    return f"""
        select page.position, case when wanted then payload end, feed_head.position
        from (
            select position, payload, wanted, sum(case when wanted then octet_length(payload) else 0 end)
                over (order by position rows between unbounded preceding and 1 preceding) as before
            from (
                select position, payload, cardinality($3::text[]) = 0 or type = any ($3) as wanted
                from {schema}.outbox where position > $1 order by position limit $2
            ) as ahead
        ) as page, {schema}.feed_head
        where coalesce(before, 0) < $4 order by page.position"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a reader has not applied: how many events at most, and since when the oldest of them."""

    events: int
    oldest: datetime | None


async def waiting(database: Database, after: int) -> Waiting:
    """Say what lies beyond `after`. What has no place yet waits too, so that a sequencer that stands still is seen."""
    outbox = f"{database.schema}.outbox"
    row = await database.relay.fetchrow(
        f"""select head.position - $1 as placed, (select count(*) from {outbox} where position is null) as unplaced,
                   least((select created_at from {outbox} where position > $1 order by position limit 1),
                         (select created_at from {outbox} where position is null order by seq limit 1)) as oldest
            from {database.schema}.feed_head as head""",
        after,
    )
    if row is None or row["oldest"] is None:  # what was beyond it has been dropped since
        return Waiting(0, None)
    return Waiting(max(row["placed"], 0) + row["unplaced"], row["oldest"])

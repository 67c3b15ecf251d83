"""Applies a peer's feed here: exactly once, because the cursor moves in the transaction of the effects.

Whoever dies before the commit has done nothing; whoever comes second finds the cursor moved and drops what it holds.
Nothing is asked of a peer while a transaction is open.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from shared import clock
from shared.database import Connection
from shared.feed.events import BATCH_LIMIT, FeedEvent, parse
from shared.feed.reading import DEFAULT_LIMIT
from shared.peers import Peers, checked
from shared.runtime import Runtime

# What one transaction takes at most, counting each id of a batch event: a large import is many short transactions.
CHUNK = 5 * BATCH_LIMIT


@dataclass(frozen=True)
class Subscription:
    """What a service does with what a publisher tells.

    `apply` runs in the transaction, with the district set, once for each district that a chunk of the feed holds, and
    gets its events in order. `expand` comes before the transaction and may ask peers, to turn batch events into events
    with state. State read back may be newer than the event that led to it, so `apply` never puts an older `version`
    over a newer one.
    """

    publisher: str
    apply: Callable[[Connection, UUID, list[FeedEvent]], Awaitable[None]]
    types: frozenset[str] = frozenset()  # none: all
    expand: Callable[[Peers, list[FeedEvent]], Awaitable[list[FeedEvent]]] | None = None

    def wants(self, event: FeedEvent) -> bool:
        return not self.types or event.type in self.types


@dataclass(frozen=True)
class _Page:
    events: list[FeedEvent]
    next: int
    more: bool


class Subscriber:
    def __init__(self, runtime: Runtime, subscriptions: Sequence[Subscription]) -> None:
        self._database = runtime.database
        self._peers = runtime.peers
        self._subscriptions: dict[str, list[Subscription]] = {}
        for subscription in subscriptions:
            self._subscriptions.setdefault(subscription.publisher, []).append(subscription)
        self._cursors = f"{runtime.database.schema}.feed_cursors"

    @property
    def publishers(self) -> tuple[str, ...]:
        return tuple(self._subscriptions)

    async def pull(self, publisher: str) -> int:
        """Apply all that the publisher has; give how many events of the feed that were."""
        applied = 0
        more = True
        while more:
            place = await self._place(publisher)
            page = await self._fetch(publisher, place)
            more = page.more
            for events, upto in _chunks(page):
                if not await self._apply(publisher, place, upto, events):
                    # Another one pulls too. What woke us may lie behind its page, so look again rather than leave.
                    more = True
                    break
                applied += len(events)
                place = upto
        return applied

    async def rewind(self, publisher: str) -> None:
        """Replay from the beginning at the next pull."""
        await self._database.pool.execute(
            f"update {self._cursors} set position = 0, updated_at = $2 where publisher = $1",
            publisher,
            clock.now(),
        )

    async def _place(self, publisher: str) -> int:
        read = f"select position from {self._cursors} where publisher = $1"
        place = await self._database.pool.fetchval(read, publisher)
        if place is None:
            await self._database.pool.execute(
                f"""insert into {self._cursors} (publisher, position, updated_at) values ($1, 0, $2)
                    on conflict do nothing""",
                publisher,
                clock.now(),
            )
            place = await self._database.pool.fetchval(read, publisher)
        return int(place)

    async def _fetch(self, publisher: str, after: int) -> _Page:
        subscriptions = self._subscriptions[publisher]
        types = sorted(set().union(*(s.types for s in subscriptions))) if all(s.types for s in subscriptions) else []
        answer = await self._peers[publisher].get(
            f"/internal/{publisher}/feed", params={"after": after, "limit": DEFAULT_LIMIT, "types": types}
        )
        page = orjson.loads(checked(answer).content)
        return _Page([parse(event) for event in page["events"]], int(page["next"]), page["more"])

    async def _apply(self, publisher: str, place: int, upto: int, events: list[FeedEvent]) -> bool:
        work = [(s, await self._expanded(s, events)) for s in self._subscriptions[publisher]]
        async with self._database.pool.acquire() as connection, connection.transaction():
            moved = await connection.fetchval(
                f"update {self._cursors} set position = $3, updated_at = $4"
                " where publisher = $1 and position = $2 returning 1",
                publisher, place, upto, clock.now(),
            )  # fmt: skip
            if not moved:
                return False
            for subscription, wanted in work:
                for district_id, own in _by_district(wanted).items():
                    await connection.execute(f"set local app.district_id = '{district_id}'")
                    await subscription.apply(connection, district_id, own)
        return True

    async def _expanded(self, subscription: Subscription, events: list[FeedEvent]) -> list[FeedEvent]:
        wanted = [event for event in events if subscription.wants(event)]
        return await subscription.expand(self._peers, wanted) if subscription.expand and wanted else wanted


def _by_district(events: list[FeedEvent]) -> dict[UUID, list[FeedEvent]]:
    groups: defaultdict[UUID, list[FeedEvent]] = defaultdict(list)
    for event in events:
        groups[event.district_id].append(event)
    return groups


def _chunks(page: _Page) -> Iterator[tuple[list[FeedEvent], int]]:
    """Cut a page into what one transaction takes, each with the place in the feed that it leads to."""
    held: list[FeedEvent] = []
    weight = 0
    for event in page.events:
        own = len(event.data["ids"]) if event.is_batch else 1
        if held and weight + own > CHUNK:
            yield held, held[-1].position
            held, weight = [], 0
        held.append(event)
        weight += own
    if held or page.next:
        yield held, page.next

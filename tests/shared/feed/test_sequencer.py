"""Overlapping transactions: what commits late gets a later position, and holds nobody back."""

import asyncio
import random
from contextlib import suppress
from itertools import count

import orjson

from shared.feed.reading import read_feed
from shared.feed.sequencer import Sequencer
from shared.testing.alone import until


class Reader:
    """A subscriber that remembers all it was given, as often as it was given."""

    def __init__(self, database):
        self.database = database
        self.cursor = 0
        self.seen = []

    async def read(self):
        page = orjson.loads(await read_feed(self.database, self.cursor, 100))
        self.cursor = int(page["next"])
        self.seen += [(event["position"], event["data"]["name"]) for event in page["events"]]
        return page["more"]

    @property
    def names(self):
        return [name for _, name in self.seen]


async def test_nothing_is_skipped_and_nothing_comes_twice(alone):
    """Six overlapping writers, some slow, a tenth rolled back; three sequencers; a reader that never waits."""
    chance = random.Random(7)
    numbers = count()
    committed, stop = [], asyncio.Event()

    async def write(slow):
        while not stop.is_set():
            names = [f"widget {next(numbers)}" for _ in range(chance.randint(1, 3))]
            is_lost = chance.random() < 0.1
            with suppress(LookupError):
                async with alone.publisher.database.unit(alone.district_id, hot=True) as unit:
                    await insert(unit, names)  # the row is there, and its number given, long before the commit
                    await asyncio.sleep(0.4 if slow else chance.random() / 200)
                    if is_lost:
                        raise LookupError
                committed.extend(names)

    async def nobody():
        pass

    reader = Reader(alone.publisher.database)

    async def follow():
        while True:
            await reader.read()
            await asyncio.sleep(0)

    others = [asyncio.create_task(Sequencer(alone.publisher.database).run(nobody)) for _ in range(3)]
    others.append(asyncio.create_task(follow()))
    writers = [asyncio.create_task(write(slow=i < 2)) for i in range(6)]
    await asyncio.sleep(3)
    stop.set()
    await asyncio.gather(*writers)
    await until(lambda: len(reader.seen) >= len(committed))
    await asyncio.sleep(0.3)
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)

    assert len(committed) > 200
    assert sorted(reader.names) == sorted(committed)
    assert [position for position, _ in reader.seen] == list(range(1, len(committed) + 1))


async def insert(unit, names):
    await unit.connection.executemany(
        """insert into observations.outbox (district_id, type, entity, entity_id, payload)
           values ($1, 'widget.made', 'widgets', gen_random_uuid(), $2)""",
        [(unit.district_id, orjson.dumps({"data": {"name": name}}).decode()) for name in names],
    )


async def test_a_long_transaction_holds_nobody_back(alone):
    reader = Reader(alone.publisher.database)
    async with alone.publisher.database.unit(alone.district_id, hot=True) as slow:
        await insert(slow, ["begun first"])
        await alone.publish("quick")
        await alone.sequence()
        await reader.read()
        assert reader.names == ["quick"]
    await alone.sequence()
    await reader.read()
    assert reader.names == ["quick", "begun first"]


async def test_events_of_one_transaction_keep_their_order(alone):
    names = [f"widget {n}" for n in range(50)]
    await alone.publish(*names)
    await alone.sequence()
    reader = Reader(alone.publisher.database)
    await reader.read()
    assert reader.names == names


async def test_positions_are_not_used_again_when_the_table_was_emptied(alone):
    await alone.publish("one", "two")
    await alone.sequence()
    await alone.publisher.database.relay.execute("delete from observations.outbox")
    await alone.publish("three")
    await alone.sequence()
    reader = Reader(alone.publisher.database)
    await reader.read()
    assert reader.seen == [(3, "three")]


async def test_it_nudges_after_what_it_placed_and_only_then(alone):
    nudges = []

    async def nudge():
        nudges.append(1)

    task = asyncio.create_task(Sequencer(alone.publisher.database).run(nudge))
    await asyncio.sleep(0.6)
    assert nudges == []
    await alone.publish("widget")
    await until(lambda: nudges, 2)
    await asyncio.sleep(0.6)
    assert nudges == [1]
    task.cancel()

"""Effects come exactly once, whoever dies, races or starts again."""

import asyncio
from dataclasses import replace

import asyncpg
import httpx
import pytest

from shared.clock import new_id
from shared.feed import subscriber
from shared.feed.events import Event
from shared.feed.subscriber import Subscriber, Subscription
from shared.jobs.outages import OUTAGES
from shared.testing.alone import PUBLISHER, note
from shared.units import emit


async def test_it_applies_what_the_publisher_tells_and_moves_on(alone):
    await alone.publish("a", "b")
    await alone.sequence()
    listener = alone.subscriber()
    assert listener.publishers == (PUBLISHER,)
    assert await listener.pull(PUBLISHER) == 2
    assert await listener.pull(PUBLISHER) == 0
    await alone.publish("c")
    await alone.sequence()
    assert await listener.pull(PUBLISHER) == 1
    assert await alone.applied() == ["a", "b", "c"]
    assert await alone.cursor() == 3


async def test_each_district_gets_its_own_under_row_level_security(alone):
    other = new_id()
    await alone.publish("ours 1")
    await alone.publish("theirs", district_id=other)
    await alone.publish("ours 2")
    await alone.sequence()
    await alone.subscriber().pull(PUBLISHER)
    assert await alone.applied() == ["ours 1", "ours 2"]
    assert await alone.applied(other) == ["theirs"]

    async def stray(connection, district_id, events):
        await note(connection, other, events)

    await alone.publish("stray")
    await alone.sequence()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await alone.subscriber(stray).pull(PUBLISHER)


async def test_a_crash_between_effect_and_cursor_leaves_neither(alone):
    await alone.publish("a", "b")
    await alone.sequence()

    async def crash(connection, district_id, events):
        await note(connection, district_id, events)
        raise LookupError

    with pytest.raises(LookupError):
        await alone.subscriber(crash).pull(PUBLISHER)
    assert (await alone.applied(), await alone.cursor()) == ([], 0)

    async def lose_the_connection(connection, district_id, events):
        await note(connection, district_id, events)
        await alone.drop_connections()

    with pytest.raises(OUTAGES):
        await alone.subscriber(lose_the_connection).pull(PUBLISHER)
    assert (await alone.applied(), await alone.cursor()) == ([], 0)

    assert await alone.subscriber().pull(PUBLISHER) == 2
    assert await alone.applied() == ["a", "b"]


async def test_two_that_race_apply_everything_once(alone):
    names = [f"widget {n}" for n in range(300)]
    for start in range(0, 300, 10):
        await alone.publish(*names[start : start + 10])
    await alone.sequence()
    racers = [alone.subscriber() for _ in range(4)]
    counts = await asyncio.gather(*(racer.pull(PUBLISHER) for racer in racers))
    assert sum(counts) == 300
    assert await alone.applied() == names


async def test_the_loser_of_a_race_looks_again(alone):
    """What woke it may have come after the winner read its page; nobody else would fetch it before the next call."""
    await alone.publish("a")
    await alone.sequence()
    holds, goes_on = asyncio.Event(), asyncio.Event()

    async def slowly(connection, district_id, events):
        await note(connection, district_id, events)
        holds.set()
        await goes_on.wait()

    winner = asyncio.create_task(alone.subscriber(slowly).pull(PUBLISHER))
    await holds.wait()
    await alone.publish("b")
    await alone.sequence()
    loser = asyncio.create_task(alone.subscriber().pull(PUBLISHER))
    await asyncio.sleep(0.2)  # it has fetched both and waits for the cursor
    goes_on.set()
    assert (await winner, await loser) == (1, 1)
    assert await alone.applied() == ["a", "b"]


async def test_nothing_is_asked_of_a_peer_in_a_transaction(alone):
    async def expand(peers, events):
        open_transactions.append(
            await alone.publisher.database.relay.fetchval(
                """select count(*) from pg_stat_activity
                   where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()"""
            )
        )
        return [replace(event, data={"name": event.data["name"].upper()}) for event in events]

    open_transactions = []
    await alone.publish("a", "b")
    await alone.sequence()
    await alone.subscriber(expand=expand).pull(PUBLISHER)
    assert open_transactions == [0]
    assert await alone.applied() == ["A", "B"]


async def test_a_batch_is_expanded_and_cut_into_short_transactions(alone, monkeypatch):
    monkeypatch.setattr(subscriber, "CHUNK", 5)
    async with alone.publisher.database.unit(alone.district_id, hot=True) as unit:
        for _ in range(3):
            emit(unit, Event.batch("people", [new_id() for _ in range(3)]))
    await alone.publish("last")
    await alone.sequence()
    transactions = []

    async def expand(peers, events):
        return [
            replace(event, data={"name": name})
            for event in events
            for name in event.data.get("ids", [event.data.get("name")])
        ]

    async def apply(connection, district_id, events):
        transactions.append(len(events))
        await note(connection, district_id, events)

    assert await alone.subscriber(apply, expand=expand).pull(PUBLISHER) == 4
    assert transactions == [3, 3, 4]
    assert len(await alone.applied()) == 10


async def test_several_subscriptions_share_the_cursor_and_get_their_own_types(alone):
    gadgets = []

    async def collect(connection, district_id, events):
        gadgets.extend(event.data["name"] for event in events)

    both = Subscriber(
        alone.listener,
        [
            Subscription(PUBLISHER, note, types=frozenset({"widget.made"})),
            Subscription(PUBLISHER, collect, types=frozenset({"gadget.made"})),
        ],
    )
    await alone.publish("a")
    async with alone.publisher.database.unit(alone.district_id, hot=True) as unit:
        emit(unit, Event("gadget.made", "gadgets", new_id(), {"name": "g"}))
        emit(unit, Event("nothing.said", "others", new_id(), {"name": "o"}))
    await alone.sequence()
    assert await both.pull(PUBLISHER) == 2
    assert (await alone.applied(), gadgets) == (["a"], ["g"])
    assert await alone.cursor() == 3


async def test_rewinding_replays_from_the_beginning(alone):
    await alone.publish("a", "b")
    await alone.sequence()
    listener = alone.subscriber()
    await listener.pull(PUBLISHER)
    await listener.rewind(PUBLISHER)
    assert await listener.pull(PUBLISHER) == 2
    assert await alone.applied() == ["a", "b", "a", "b"]


async def test_a_publisher_that_refuses_is_an_error_and_moves_nothing(alone):
    await alone.publish("a")
    await alone.sequence()
    alone.listener.peers[PUBLISHER].headers["Throughline-Service-Key"] = "wrong"
    with pytest.raises(httpx.HTTPStatusError):
        await alone.subscriber().pull(PUBLISHER)
    assert await alone.cursor() == 0


async def test_many_writers_and_two_listeners_while_connections_break(alone):
    """The whole of it at once: at the end each event has left exactly one effect."""
    committed, stop = [], asyncio.Event()

    async def write(number):
        while not stop.is_set():
            name = f"{number}/{len(committed)}/{new_id()}"
            try:
                await alone.publish(name)
            except OUTAGES:
                continue
            committed.append(name)
            await asyncio.sleep(0.005)

    async def listen():
        listener = alone.subscriber()
        while not stop.is_set():
            try:
                await alone.sequence()
                await listener.pull(PUBLISHER)
            except OUTAGES:
                pass
            await asyncio.sleep(0.005)

    tasks = [asyncio.create_task(write(n)) for n in range(4)] + [asyncio.create_task(listen()) for _ in range(2)]
    for _ in range(8):
        await asyncio.sleep(0.25)
        await alone.drop_connections()
    stop.set()
    await asyncio.gather(*tasks)
    await alone.sequence()
    await alone.subscriber().pull(PUBLISHER)
    applied = await alone.applied()
    assert len(applied) == len(set(applied))
    assert set(committed) <= set(applied)
    assert len(committed) > 100

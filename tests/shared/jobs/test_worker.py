"""The worker's loop with a real PostgreSQL and a real Redis, which go away, come back and forget."""

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from time import perf_counter

import pytest

from shared.clock import new_id, now
from shared.feed.subscriber import Subscription
from shared.jobs import heartbeat, records, slots, worker
from shared.jobs.queue import Queue
from shared.jobs.records import JobState
from shared.jobs.starting import start_job
from shared.jobs.worker import Work, work
from shared.local.servers import EmbeddedServers
from shared.settings import Settings
from shared.testing.alone import LISTENER, PUBLISHER, note


@asynccontextmanager
async def working(alone, *subscriptions, **jobs):
    """Be a worker process of both services."""
    subscriptions = subscriptions or (Subscription(PUBLISHER, note),)
    stop = asyncio.Event()
    pairs = [
        (alone.publisher, Work(PUBLISHER, Settings)),
        (alone.listener, Work(LISTENER, Settings, {f"tests.{name}": job for name, job in jobs.items()}, subscriptions)),
    ]
    task = asyncio.create_task(work(pairs, stop))
    await asyncio.sleep(0.3)
    try:
        yield
    finally:
        stop.set()
        await task


async def applied(alone, names, seconds=5.0):
    """Wait until these are applied; look on for a moment, for any that come twice; give how long it took."""
    began = perf_counter()
    async with asyncio.timeout(seconds):
        while set(await alone.applied()) != set(names):  # noqa: ASYNC110 - it lies in the database
            await asyncio.sleep(0.02)
    took = perf_counter() - began
    await asyncio.sleep(0.2)
    assert sorted(await alone.applied()) == sorted(names)
    return took


async def start(alone, name, args=None):
    async with alone.listener.database.unit(alone.district_id, hot=True) as unit:
        return await start_job(unit, alone.listener.queue, f"tests.{name}", args)


async def ended(alone, *jobs, seconds=5.0):
    async with asyncio.timeout(seconds):
        while True:
            async with alone.listener.database.transaction(alone.district_id) as connection:
                seen = [await records.find(connection, LISTENER, alone.district_id, job.id) for job in jobs]
            if all(job.state.is_final for job in seen):
                return seen
            await asyncio.sleep(0.02)


@pytest.fixture
def soon(monkeypatch):
    """Look often, for tests in which no call arrives."""
    monkeypatch.setattr(worker, "PULL_EVERY", 0.3)
    monkeypatch.setattr(slots, "SWEEP", 0.3)


async def test_an_event_is_applied_because_of_the_call_and_not_of_the_clock(alone):
    async with working(alone):
        lags = []
        for n in range(5):
            await alone.publish(f"widget {n}")
            lags.append(await applied(alone, [f"widget {m}" for m in range(n + 1)]))
    assert max(lags) < 1.5


async def test_a_job_is_done_because_of_the_call_and_not_of_the_clock(alone, monkeypatch):
    monkeypatch.setattr(slots, "SWEEP", 60)

    async def count(context):
        return {"n": context.args["n"]}

    async with working(alone, count=count):
        jobs = [await start(alone, "count", {"n": n}) for n in range(3)]
        assert [job.result for job in await ended(alone, *jobs)] == [{"n": 0}, {"n": 1}, {"n": 2}]


async def test_more_jobs_than_slots(alone, monkeypatch):
    monkeypatch.setattr(slots, "SWEEP", 60)
    at_once, most, are_full = set(), 0, asyncio.Event()

    async def count(context):
        nonlocal most
        at_once.add(context.job_id)
        most = max(most, len(at_once))
        if most >= slots.SLOTS:
            are_full.set()
        await are_full.wait()
        await asyncio.sleep(0.02)  # for one more than there is room for
        at_once.remove(context.job_id)

    async with working(alone, count=count):
        jobs = [await start(alone, "count") for _ in range(20)]
        assert {job.state for job in await ended(alone, *jobs)} == {JobState.SUCCEEDED}
    assert most == slots.SLOTS


async def test_redis_may_be_flushed_at_any_time(alone, soon):
    names, stop = [], asyncio.Event()

    async def flush():
        while not stop.is_set():
            await alone.flush_redis()
            await asyncio.sleep(0.02)

    async def count(context):
        pass

    async with working(alone, count=count):
        flushing = asyncio.create_task(flush())
        jobs = []
        for n in range(200):
            await alone.publish(f"widget {n}")
            names.append(f"widget {n}")
            if n % 20 == 0:
                jobs.append(await start(alone, "count"))
            await asyncio.sleep(0.005)
        stop.set()
        await flushing
        await applied(alone, names)
        assert {job.state for job in await ended(alone, *jobs)} == {JobState.SUCCEEDED}


async def test_without_redis_the_clock_does_it_and_the_worker_lives(alone, soon, tmp_path):
    settings = alone.settings.model_copy(update={"redis_url": f"unix://{tmp_path}/nobody.sock"})
    for runtime in (alone.publisher, alone.listener):
        runtime.settings = settings
        runtime.queue = Queue(settings.redis_url)

    async def count(context):
        pass

    async with working(alone, count=count):
        await alone.publish("widget")
        began = perf_counter()
        job = await start(alone, "count")
        assert perf_counter() - began < 1
        await applied(alone, ["widget"])
        await ended(alone, job)
        await asyncio.sleep(1)
        assert heartbeat.is_alive(settings.data_dir, LISTENER, now())
    assert not heartbeat.is_alive(settings.data_dir, LISTENER, now())


async def test_redis_comes_back(alone, tmp_path, monkeypatch):
    """Stopped and started again: after it is back the calls arrive again."""
    monkeypatch.setattr("shared.jobs.queue.REST", 0.2)
    monkeypatch.setattr("shared.jobs.outages.LONGEST", 0.3)
    servers = EmbeddedServers(tmp_path / "redis", postgres=False)
    servers.start()
    settings = alone.settings.model_copy(update={"redis_url": servers.urls.redis_url})
    for runtime in (alone.publisher, alone.listener):
        runtime.settings = settings
        runtime.queue = Queue(settings.redis_url)
    try:
        async with working(alone):
            await alone.publish("before")
            await applied(alone, ["before"])
            servers.stop()
            await alone.publish("while it is away")
            await asyncio.sleep(0.5)
            servers.start()
            await asyncio.sleep(1)
            await alone.publish("after")
            await applied(alone, ["before", "while it is away", "after"])
        for runtime in (alone.publisher, alone.listener):
            await runtime.queue.close()
    finally:
        servers.stop()


async def test_postgresql_comes_back(alone, soon, monkeypatch):
    monkeypatch.setattr("shared.jobs.outages.LONGEST", 0.3)
    names = []

    async def count(context):
        await asyncio.sleep(0.3)

    async with working(alone, count=count):
        jobs = []
        for n in range(6):
            name = f"widget {n}"
            with suppress(Exception):
                await alone.publish(name)
                names.append(name)
                jobs.append(await start(alone, "count"))
            await asyncio.sleep(0.1)
            await alone.drop_connections()
        await asyncio.sleep(0.2)  # the pools notice what was dropped
        await alone.publish("last")
        await applied(alone, [*names, "last"])
        assert {job.state for job in await ended(alone, *jobs, seconds=10)} == {JobState.SUCCEEDED}


async def test_an_event_that_cannot_be_applied_stops_its_feed_and_nothing_else(alone, soon, monkeypatch):
    monkeypatch.setattr("shared.jobs.outages.LONGEST", 0.2)
    is_broken = True

    async def apply(connection, district_id, events):
        await note(connection, district_id, events)
        if is_broken:
            raise ValueError("not in this version")

    async def count(context):
        pass

    async with working(alone, Subscription(PUBLISHER, apply), count=count):
        await alone.publish("poison")
        await ended(alone, await start(alone, "count"))
        assert await alone.applied() == []
        is_broken = False
        await applied(alone, ["poison"])


async def test_stopping_waits_a_while_and_then_hands_back(alone, monkeypatch):
    monkeypatch.setattr(worker, "PATIENCE", 0.5)

    async def quick(context):
        await asyncio.sleep(0.3)

    async def endless(context):
        await asyncio.sleep(60)

    async with working(alone, quick=quick, endless=endless):
        jobs = [await start(alone, "quick"), await start(alone, "endless")]
        await asyncio.sleep(0.2)
        began = perf_counter()
    assert perf_counter() - began < 2
    async with alone.listener.database.transaction(alone.district_id) as connection:
        seen = [await records.find(connection, LISTENER, alone.district_id, job.id) for job in jobs]
    assert [job.state for job in seen] == [JobState.SUCCEEDED, JobState.QUEUED]
    assert (seen[1].attempts, seen[1].lease_until) == (0, None)


async def test_the_queue_of_a_service_without_a_worker_stays_short(alone, monkeypatch):
    monkeypatch.setattr("shared.jobs.queue.BACKLOG", 10)
    for _ in range(30):
        await alone.publisher.queue.nudge(["coaching", LISTENER], PUBLISHER)
    await alone.publisher.queue.wake("coaching", alone.district_id, new_id())
    from redis.asyncio import Redis

    async with Redis.from_url(alone.settings.redis_url) as redis:
        assert [await redis.zcard(f"throughline:{name}") for name in ("coaching", LISTENER)] == [10, 10]


async def test_a_runtime_without_redis_needs_none(alone, soon):
    settings = alone.settings.model_copy(update={"redis_url": ""})
    alone.publisher, alone.listener = (
        replace(runtime, settings=settings, queue=Queue("")) for runtime in (alone.publisher, alone.listener)
    )
    async with working(alone):
        await alone.publish("widget")
        await applied(alone, ["widget"])

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from shared import tracing
from shared.errors import TooManyRequests
from shared.limits import LEASES_PER_WINDOW, Limiter, address_key
from shared.local import redis as local_redis


class Clock:
    def __init__(self) -> None:
        self.time = 1_000_020.0  # a third of a minute

    def __call__(self) -> float:
        return self.time


@pytest.fixture(scope="module")
def server():
    with tempfile.TemporaryDirectory(prefix="tl-") as folder:
        server = local_redis.Redis(Path(folder), Path(folder))
        server.start()
        yield server
        server.child.ask_to_stop()
        server.wait_stopped(5)


@pytest.fixture
async def redis(server) -> AsyncIterator[Redis]:
    async with Redis.from_url(server.url) as client:
        await client.flushall()
        yield client


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def count_allowed(limiter: Limiter, key: str, requests: int) -> int:
    return sum([(await limiter.check(key)).is_allowed for _ in range(requests)])


async def test_the_budget_is_all_a_client_gets_and_the_next_window_is_new(redis, clock):
    limiter = Limiter(redis, requests=100, clock=clock)
    assert await count_allowed(limiter, "c1", 150) == 100
    assert await count_allowed(limiter, "c2", 1) == 1
    clock.time += 60
    assert await count_allowed(limiter, "c1", 150) == 100


@pytest.mark.parametrize("requests", [1, 7, 19, 20, 21, 33, 100])
async def test_any_budget_is_kept_to_the_request(redis, clock, requests):
    assert await count_allowed(Limiter(redis, requests=requests, clock=clock), "c1", 2 * requests + 5) == requests


async def test_processes_share_one_budget(redis, clock):
    processes = [Limiter(redis, requests=100, clock=clock) for _ in range(4)]
    allowed = 0
    for _ in range(50):
        for limiter in processes:
            allowed += await count_allowed(limiter, "c1", 1)
    assert allowed == 100


async def test_a_busy_and_an_idle_process_lose_at_most_the_idle_ones_lease(redis, clock):
    idle, busy = Limiter(redis, requests=100, clock=clock), Limiter(redis, requests=100, clock=clock)
    assert await count_allowed(idle, "c1", 1) == 1
    assert await count_allowed(busy, "c1", 200) == 95


async def test_many_at_once_count_as_many(redis, clock):
    limiter = Limiter(redis, requests=100, clock=clock)
    decisions = await asyncio.gather(*(limiter.check("c1") for _ in range(300)))
    assert sum(decision.is_allowed for decision in decisions) == 100


async def test_redis_is_asked_a_few_times_a_window_and_keeps_nothing_for_long(redis, clock):
    limiter = Limiter(redis, requests=1000, clock=clock)
    await redis.config_resetstat()
    await count_allowed(limiter, "c1", 2000)
    assert (await redis.info("commandstats"))["cmdstat_incrby"]["calls"] == LEASES_PER_WINDOW
    (key,) = await redis.keys("limits:*")
    assert 0 < await redis.ttl(key) <= 120


async def test_the_answer_tells_how_it_stands(redis, clock):
    limiter = Limiter(redis, requests=100, clock=clock)
    with tracing.bind(None, None) as trail:
        await limiter.admit("c1")
        await limiter.admit("c1")
    assert dict(trail.headers) == {
        b"ratelimit-policy": b'"default";q=100;w=60',
        b"ratelimit": b'"default";r=98;t=60',
    }
    clock.time += 39.5
    assert dict(limiter.standing("c1").headers)[b"ratelimit"] == b'"default";r=98;t=21'
    assert dict(limiter.standing("never seen").headers)[b"ratelimit"] == b'"default";r=100;t=21'
    assert limiter.standing("c1") == limiter.standing("c1")


async def test_an_answer_that_did_not_count_has_the_present_window_too(clock):
    limiter = Limiter(None, requests=100, clock=clock)
    clock.time += 15
    assert dict(limiter.standing("c1").headers)[b"ratelimit"] == b'"default";r=100;t=45'
    await limiter.admit("c1")
    clock.time += 60
    assert dict(limiter.standing("c1").headers)[b"ratelimit"] == b'"default";r=100;t=45'


async def test_too_many_are_told_when_to_try_again(redis, clock):
    limiter = Limiter(redis, requests=1, clock=clock)
    clock.time += 59.9
    await limiter.admit("c1")
    with tracing.bind(None, None) as trail, pytest.raises(TooManyRequests) as raised:
        await limiter.admit("c1")
    assert raised.value.headers == {"Retry-After": "1"}
    assert dict(trail.headers)[b"ratelimit"] == b'"default";r=0;t=1'


@pytest.mark.parametrize("address", [None, "redis://127.0.0.1:1", "unix:///nowhere.sock"])
async def test_without_redis_each_process_counts_alone(clock, address):
    client = Redis.from_url(address) if address else None
    limiter = Limiter(client, requests=100, clock=clock)
    assert await count_allowed(limiter, "c1", 150) == 100
    assert await count_allowed(limiter, "c2", 1) == 1


async def test_a_redis_that_does_not_answer_costs_one_short_wait(clock):
    over = asyncio.Event()

    async def never(_reader, writer) -> None:
        await over.wait()
        writer.close()

    async with await asyncio.start_server(never, "127.0.0.1", 0) as silent:
        async with Redis(port=silent.sockets[0].getsockname()[1]) as client:
            limiter = Limiter(client, requests=100, clock=clock)
            started = asyncio.get_running_loop().time()
            assert await count_allowed(limiter, "c1", 90) == 90
            assert asyncio.get_running_loop().time() - started < 1
        over.set()


async def test_redis_is_used_again_once_it_is_back(redis, clock):
    limiter = Limiter(Redis.from_url("redis://127.0.0.1:1"), requests=100, clock=clock)
    await limiter.check("c1")
    limiter._redis = redis
    await count_allowed(limiter, "c1", 5)
    assert await redis.keys("limits:*") == []
    clock.time += 3
    await count_allowed(limiter, "c1", 5)
    assert len(await redis.keys("limits:*")) == 1


@pytest.mark.parametrize(
    ("client", "key"),
    [
        (("192.0.2.7", 4711), "address:192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 4711), "address:2001:db8:1:2::"),
        (("fe80::1%eth0", 4711), "address:fe80::"),
        ((":bad:", 4711), "address:unknown"),
        (None, "address:local"),
    ],
)
def test_who_shows_no_token_is_known_by_address(client, key):
    assert address_key({"client": client}) == key

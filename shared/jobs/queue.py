"""Wake-up calls between processes, over Redis. The only file that knows arq, which is in maintenance mode.

Each service has one queue; one of its worker processes takes each call. A call says only where to look: all state is in
PostgreSQL, so a call that is lost, late or doubled does no harm. Callers never wait for a Redis that is away.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import orjson
import structlog
from arq.connections import ArqRedis
from arq.worker import Function, Worker, func
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from shared import metrics

if TYPE_CHECKING:
    from arq.typing import WorkerCoroutine

log = structlog.get_logger()

POLL_DELAY = 0.05
# A queue that nobody reads stays this short: what its worker would do for the calls left out it does anyway.
BACKLOG = 1000
# After a failure nobody tries again for this long, so that a Redis that hangs slows no request down.
REST = 5.0
TIMEOUT = 2.0

Pull = Callable[[str], Awaitable[None]]
Run = Callable[[UUID, UUID], Awaitable[None]]


class Queue:
    """The sending end. Connects at the first call, and again by itself."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._redis: ArqRedis | None = None
        self._rests_until = 0.0

    async def nudge(self, services: Sequence[str], publisher: str) -> None:
        """Tell these services that the feed of `publisher` has something new."""
        # No fixed job id: arq would drop the call while one of that id still runs.
        await self._call(services, "pull", publisher)

    async def wake(self, service: str, district_id: UUID, job_id: UUID) -> None:
        """Tell a worker of `service` that this job waits."""
        await self._call([service], "run", str(district_id), str(job_id))

    async def _call(self, services: Sequence[str], function: str, *arguments: str) -> None:
        loop = asyncio.get_running_loop()
        if not self._redis_url or loop.time() < self._rests_until:
            return
        try:
            self._redis = self._redis or _connect(self._redis_url)
            for service in services:
                if await self._redis.zcard(_queue(service)) < BACKLOG:
                    await self._redis.enqueue_job(function, *arguments, _queue_name=_queue(service))
        except (RedisError, OSError, TimeoutError) as error:
            self._rests_until = loop.time() + REST
            metrics.redis_failed("wake")
            log.warning("wakeup_lost", function=function, services=list(services), error=str(error))

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose(close_connection_pool=True)
            self._redis = None


async def listen(redis_url: str, service: str, *, pull: Pull, run: Run) -> None:
    """Hand the calls for `service` on, until cancelled. Both functions return at once; Redis' outages are raised."""

    async def arq_pull(_: dict[Any, Any], publisher: str) -> None:
        await pull(publisher)

    async def arq_run(_: dict[Any, Any], district_id: str, job_id: str) -> None:
        await run(UUID(district_id), UUID(job_id))

    redis = _connect(redis_url)
    worker = _Worker(
        functions=[_function("pull", arq_pull), _function("run", arq_run)],
        redis_pool=redis,
        queue_name=_queue(service),
        handle_signals=False,
        poll_delay=POLL_DELAY,
        keep_result=0,
        job_timeout=10,
        job_serializer=_serialize,
        job_deserializer=orjson.loads,
        log_results=False,
    )
    try:
        await worker.async_run()
    finally:
        # Not worker.close(): it warns of a deprecation. The calls in flight are short, and doubling one does no harm.
        tasks = [task for task in (worker.main_task, *worker.tasks.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await redis.aclose(close_connection_pool=True)


class _Worker(Worker):
    """Takes a call off its queue under a shield, which outlives whoever waits for it: an outage of Redis would be told
    as a crash that nobody heard of. The loop meets the outage too; the call comes once more, which does no harm."""

    async def finish_job(self, *given: Any, **named: Any) -> None:
        with suppress(RedisError, OSError):
            await super().finish_job(*given, **named)

    async def finish_failed_job(self, *given: Any, **named: Any) -> None:
        with suppress(RedisError, OSError):
            await super().finish_failed_job(*given, **named)


def _function(name: str, coroutine: object) -> Function:
    return func(cast("WorkerCoroutine", coroutine), name=name)


def _connect(redis_url: str) -> ArqRedis:
    pool = ConnectionPool.from_url(
        redis_url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, health_check_interval=30
    )
    return ArqRedis(pool, job_serializer=_serialize, job_deserializer=orjson.loads)


def _serialize(job: dict[str, Any]) -> bytes:
    # A failed call holds an exception, hence `repr`.
    return orjson.dumps(job, default=repr)


def _queue(service: str) -> str:
    return f"throughline:{service}"

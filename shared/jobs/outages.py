"""What is an outage, which passes, and not an error, which would come again; and loops that outlive one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

from shared.errors import Unavailable

log = structlog.get_logger()

OUTAGES = (
    Unavailable,
    OSError,
    RedisError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that the server has ended and the pool gives once more
    asyncpg.OperatorInterventionError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InsufficientResourcesError,  # connections, memory, a full disk
    asyncpg.PostgresIOError,
    asyncpg.InternalServerError,  # what PostgreSQL did not foresee, a quota or a largest size of files among it
    httpx.TransportError,
)
SHORTEST, LONGEST = 0.1, 5.0
# A loop that has turned for so long is well again: its next failure starts from the shortest pause.
WELL_AFTER = 30.0


def is_outage(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):  # SQLAlchemy wraps its driver's error, which wraps asyncpg's
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, OUTAGES):
            cause = cause.__cause__
        return cause is not None
    return isinstance(error, OUTAGES)


def hear_unheard(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Be a loop's exception handler: tell an outage that a library's future kept, and nobody asked for, in one line.

    Tasks are ours, and what ends one unheard is an error of ours, told as such.
    """
    error, future = context.get("exception"), context.get("future")
    if error is not None and is_outage(error) and future is not None and not isinstance(future, asyncio.Task):
        log.warning("outage_unheard", error=str(error))
    else:
        loop.default_exception_handler(context)


async def keep_going(name: str, service: str, loop_for_ever: Callable[[], Awaitable[None]]) -> None:
    """Start the loop again whenever it fails, at growing intervals, until cancelled."""
    time = asyncio.get_running_loop().time
    pause = SHORTEST
    while True:
        began = time()
        try:
            await loop_for_ever()
        except Exception as error:
            # Whatever it was, the loop has to go on. An outage needs no place in the code to be understood.
            if is_outage(error):
                log.warning("loop_interrupted", loop=name, service=service, error=str(error))
            else:
                log.exception("loop_failed", loop=name, service=service)
        if _is_cancelled():  # and what the loop waited in has lost that
            return
        if time() - began > WELL_AFTER:
            pause = SHORTEST
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0

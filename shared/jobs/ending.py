"""How tasks are made to end: asked until they do, and named if they do not."""

import asyncio
import inspect
from collections.abc import Collection
from typing import Any

import structlog

log = structlog.get_logger()

AGAIN = 0.5


async def end(tasks: "Collection[asyncio.Task[Any]]", patience: float, again: float = AGAIN) -> None:
    """Cancel tasks until they have ended, or for so long. What a task waits in may lose a cancellation.

    asyncio.wait_for of Python 3.11 does, where what it waits for comes in the same turn. `again` is how long one takes
    to clean up: the next cancellation would break into that.
    """
    time = asyncio.get_running_loop().time
    until, left = time() + patience, set(tasks)
    while left and time() < until:
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=again)
        for task in done:
            _ = task.cancelled() or task.exception()  # it is heard
    for task in left:
        log.error("task_does_not_end", task=task.get_name(), at=where(task))


def where(task: "asyncio.Task[Any]") -> list[str]:
    """Say what a task waits in, the innermost last: a dump of the threads shows no coroutine."""
    places: list[str] = []
    inner: Any = task.get_coro()
    while inspect.iscoroutine(inner):
        if inner.cr_frame is not None:
            places.append(f"{inner.cr_code.co_filename}:{inner.cr_frame.f_lineno} in {inner.cr_code.co_qualname}")
        inner = inner.cr_await
    return places

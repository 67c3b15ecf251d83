"""What is only known by looking: jobs by state and how far each subscription is behind, taken when /metrics is read.

The API process looks, not the worker, so that a worker that has died is seen to fall behind.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime

import asyncpg
import httpx
import structlog

from shared import metrics
from shared.runtime import Runtime

log = structlog.get_logger(__name__)
PATIENCE = 2.0
UNFINISHED = ("queued", "running")


async def refresh(runtimes: Iterable[Runtime]) -> None:
    """Look at every service at once; what does not answer keeps the value that it had."""
    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(_look(runtime) for runtime in runtimes))
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, httpx.HTTPError) as error:
        log.warning("gauges_not_read", error=type(error).__name__)


async def _look(runtime: Runtime) -> None:
    rows = await runtime.database.relay.fetch(
        f"select state, count(*) as jobs from {runtime.service}.jobs where state = any($1) group by state", UNFINISHED
    )
    metrics.jobs_are(runtime.service, dict.fromkeys(UNFINISHED, 0) | {row["state"]: row["jobs"] for row in rows})
    for row in await runtime.database.pool.fetch(f"select publisher, position from {runtime.service}.feed_cursors"):
        oldest = await _oldest_waiting(runtime, row["publisher"], row["position"])
        metrics.feed_waits_since(runtime.service, row["publisher"], oldest)


async def _oldest_waiting(runtime: Runtime, publisher: str, position: int) -> datetime | None:
    answer = await runtime.peers[publisher].get(f"/internal/{publisher}/feed", params={"after": position, "limit": 1})
    answer.raise_for_status()
    events = answer.json()["events"]
    return datetime.fromisoformat(events[0]["time"]) if events else None

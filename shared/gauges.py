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
LATE = 30.0
_NOT_READ = (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, httpx.HTTPError)
UNFINISHED = ("queued", "running")


async def refresh(runtimes: Iterable[Runtime]) -> None:
    """Look at every service at once; what does not answer keeps the value that it had."""
    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(_look(runtime) for runtime in runtimes))
    except _NOT_READ as error:
        log.warning("gauges_not_read", error=type(error).__name__)


async def _look(runtime: Runtime) -> None:
    rows = await runtime.database.relay.fetch(
        f"select state, count(*) as jobs from {runtime.service}.jobs where state = any($1) group by state", UNFINISHED
    )
    metrics.jobs_are(runtime.service, dict.fromkeys(UNFINISHED, 0) | {row["state"]: row["jobs"] for row in rows})
    for publisher, oldest in (await waiting_since(runtime)).items():
        metrics.feed_waits_since(runtime.service, publisher, oldest)


async def waiting_since(runtime: Runtime) -> dict[str, datetime | None]:
    """Give, for each publisher that the service follows, the time of the oldest event that it has not applied."""
    rows = await runtime.database.pool.fetch(f"select publisher, position from {runtime.service}.feed_cursors")
    return {row["publisher"]: await _oldest_waiting(runtime, row["publisher"], row["position"]) for row in rows}


async def behind(runtime: Runtime, moment: datetime) -> dict[str, float]:
    """Give the publishers whom the service follows more than `LATE` seconds late; none where none can be asked.

    A large import makes everybody late for a while, so this is told and is no reason to send requests elsewhere.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            oldest = await waiting_since(runtime)
    except _NOT_READ:
        return {}
    lags = {name: (moment - since).total_seconds() for name, since in oldest.items() if since is not None}
    return {name: lag for name, lag in lags.items() if lag > LATE}


async def _oldest_waiting(runtime: Runtime, publisher: str, position: int) -> datetime | None:
    answer = await runtime.peers[publisher].get(f"/internal/{publisher}/feed", params={"after": position, "limit": 1})
    answer.raise_for_status()
    events = answer.json()["events"]
    return datetime.fromisoformat(events[0]["time"]) if events else None

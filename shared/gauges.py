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
from shared.feed.reading import Waiting
from shared.runtime import Runtime

log = structlog.get_logger(__name__)
PATIENCE = 2.0
LATE = 30.0
_NOT_READ = (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, httpx.HTTPError)
UNFINISHED = ("queued", "later", "running")


async def refresh(runtimes: Iterable[Runtime]) -> None:
    """Look at every service at once; what does not answer keeps the value that it had."""
    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(_look(runtime) for runtime in runtimes))
    except _NOT_READ as error:
        log.warning("gauges_not_read", error=type(error).__name__)


async def _look(runtime: Runtime) -> None:
    await asyncio.gather(_look_at_jobs(runtime), _look_at_feeds(runtime))


async def _look_at_jobs(runtime: Runtime) -> None:
    """Count jobs: what waits for a worker, what is put off or planned for later, what runs."""
    rows = await runtime.database.relay.fetch(
        f"""select case when state = 'queued' and lease_until > now() then 'later' else state end as state,
                   count(*) as jobs, min(greatest(created_at, lease_until)) as oldest
            from {runtime.service}.jobs where state in ('queued', 'running') group by 1"""
    )
    found = {row["state"]: row for row in rows}
    counts = {state: found[state]["jobs"] if state in found else 0 for state in UNFINISHED}
    metrics.jobs_are(runtime.service, counts)
    metrics.job_waits_since(runtime.service, found["queued"]["oldest"] if "queued" in found else None)


async def _look_at_feeds(runtime: Runtime) -> None:
    for publisher, waiting in (await waiting_of(runtime)).items():
        metrics.feed_waits(runtime.service, publisher, waiting.events, waiting.oldest)


async def waiting_of(runtime: Runtime) -> dict[str, Waiting]:
    """Give, for each publisher that the service follows, what the service has not applied."""
    rows = await runtime.database.pool.fetch(f"select publisher, position from {runtime.service}.feed_cursors")
    return {row["publisher"]: await _waiting(runtime, row["publisher"], row["position"]) for row in rows}


async def behind(runtime: Runtime, moment: datetime) -> dict[str, float]:
    """Give the publishers whom the service follows more than `LATE` seconds late; none where none can be asked.

    A large import makes everybody late for a while, so this is told and is no reason to send requests elsewhere.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            found = await waiting_of(runtime)
    except _NOT_READ:
        return {}
    lags = {name: (moment - it.oldest).total_seconds() for name, it in found.items() if it.oldest is not None}
    return {name: lag for name, lag in lags.items() if lag > LATE}


async def behind_in_words(runtime: Runtime, moment: datetime) -> dict[str, str]:
    """Say it as /readyz does."""
    lags = await behind(runtime, moment)
    return {f"{runtime.service} follows {name}": f"{lag:.0f} seconds behind" for name, lag in lags.items()}


async def _waiting(runtime: Runtime, publisher: str, position: int) -> Waiting:
    answer = await runtime.peers[publisher].get(f"/internal/{publisher}/feed/waiting", params={"after": position})
    answer.raise_for_status()
    told = answer.json()
    return Waiting(told["events"], datetime.fromisoformat(told["oldest"]) if told["oldest"] else None)

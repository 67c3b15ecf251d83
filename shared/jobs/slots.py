"""Which jobs this process works on: a few at a time, woken by calls, found by looking, let go of in time."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

import structlog

from shared.jobs.ending import end
from shared.jobs.leases import Holder, waiting
from shared.jobs.running import HAND_BACK, JobFunction, run_job
from shared.jobs.telling import NOBODY, Tells
from shared.runtime import Runtime

log = structlog.get_logger()

SLOTS = 4
# How long a job can wait whose wake-up call was lost, or whose worker's lease ran out.
SWEEP = 5.0


class Slots:
    def __init__(
        self, runtime: Runtime, functions: Mapping[str, JobFunction], size: int = SLOTS, tells: Tells = NOBODY
    ) -> None:
        self._runtime = runtime
        self._functions = functions
        self._tells = tells
        self._size = size
        self._holder = Holder(runtime.settings.worker_seat)
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._freed = asyncio.Event()
        self._is_open = True

    async def offer(self, district_id: UUID, job_id: UUID) -> None:
        """Start this job, if a slot is free; if not, whoever looks first when one is free will find it."""
        if self._is_open and len(self._tasks) < self._size and job_id not in self._tasks:
            task = asyncio.create_task(
                run_job(self._runtime, self._functions, district_id, job_id, self._holder, self._tells)
            )
            self._tasks[job_id] = task
            task.add_done_callback(lambda done: self._leave(job_id, done))

    async def sweep(self) -> None:
        """Look for jobs that wait, for ever: when a slot becomes free, and every few seconds."""
        while True:
            if free := self._size - len(self._tasks):
                for district_id, job_id in await waiting(self._runtime.database, None, free, self._holder):
                    await self.offer(district_id, job_id)
            self._freed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP):
                    await self._freed.wait()

    async def drain(self, patience: float) -> None:
        """Start nothing more; wait for what runs, then hand it back to be started elsewhere."""
        self._is_open = False
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=patience)
        await end(self._tasks.values(), patience, again=2 * HAND_BACK)

    def _leave(self, job_id: UUID, task: "asyncio.Task[None]") -> None:
        del self._tasks[job_id]
        self._freed.set()
        if not task.cancelled() and (error := task.exception()):
            # The lease could not be taken: an outage. The job still waits.
            log.warning("job_not_started", job_id=str(job_id), error=str(error))

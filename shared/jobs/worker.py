"""A worker process: for each of its services the jobs, the sequencer, the subscriptions and the chores, in one loop.

    calls        through Redis: "pull that feed", "do that job"; they make things quick and nothing depends on them
    sequencer    places the service's own events and calls the others
    audit chain  places the service's own audit rows and chains them by hash
    pull         one loop for each publisher: when called, and every ten seconds
    sweep        jobs that wait or were let go of: when a slot is free, and every five seconds
    chores       by the clock

Everything outlives an outage of PostgreSQL, Redis or a peer. SIGTERM: nothing new is begun, what runs has five seconds,
then it is handed back and another worker, or the next one here, goes on with it.
"""

import asyncio
import faulthandler
import gc
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

import structlog

from shared.audit.chain import AuditChain
from shared.clock import now
from shared.feed.compaction import compact
from shared.feed.sequencer import Sequencer
from shared.feed.subscriber import Subscriber, Subscription
from shared.jobs import heartbeat
from shared.jobs.ending import end
from shared.jobs.forgetting import forget_answers, forget_jobs
from shared.jobs.outages import keep_going
from shared.jobs.queue import listen
from shared.jobs.running import JobFunction
from shared.jobs.slots import Slots
from shared.jobs.telling import NOBODY, Tells
from shared.runtime import Runtime
from shared.settings import SERVICE_NAMES, Settings

log = structlog.get_logger()

PULL_EVERY = 10.0
PATIENCE = 5.0
CLOSING = 1.0
LAST_BREATH = 30.0  # far beyond what a busy machine needs
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Chore:
    """Something to do by the clock. Each worker process does it, so it must be safe to run twice, also at once."""

    name: str
    run: Callable[[Runtime], Awaitable[object]]
    every: timedelta = timedelta(days=1)
    at: timedelta = timedelta()  # into the interval: two hours into each day, UTC

    def due_after(self, moment: datetime) -> datetime:
        passed = (moment - EPOCH - self.at) // self.every
        return EPOCH + self.at + (passed + 1) * self.every


async def _compact(runtime: Runtime) -> None:
    await compact(runtime.database, now())


async def _forget_answers(runtime: Runtime) -> None:
    await forget_answers(runtime.database, now())


async def _forget_jobs(runtime: Runtime) -> None:
    await forget_jobs(runtime.database, now() - timedelta(days=runtime.settings.job_days))


COMPACTION = Chore("compaction", _compact, at=timedelta(hours=2, minutes=30))
FORGETTING = Chore("forget_answers", _forget_answers, every=timedelta(hours=1))
FORGETTING_JOBS = Chore("forget_jobs", _forget_jobs, every=timedelta(hours=1), at=timedelta(minutes=45))


@dataclass(frozen=True)
class Work:
    """What a service has for its worker; services/<service>/jobs.py says it, and imports no FastAPI."""

    service: str
    settings: type[Settings]
    jobs: Mapping[str, JobFunction] = field(default_factory=lambda: MappingProxyType({}))
    subscriptions: tuple[Subscription, ...] = ()
    chores: tuple[Chore, ...] = ()
    loops: Mapping[str, Callable[[Runtime], Awaitable[None]]] = field(default_factory=lambda: MappingProxyType({}))
    """What a service does beside that, all the time: each goes on until it is cancelled."""
    tells: Tells = field(default_factory=lambda: NOBODY)


async def run(works: Sequence[Work]) -> None:
    """Be the worker process of these services, until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _end, stop)
    async with AsyncExitStack() as stack:
        pairs = []
        for its_work in works:
            runtime = await Runtime.open(its_work.service, its_work.settings())
            stack.push_async_callback(_close, runtime)
            pairs.append((runtime, its_work))
        # A page of the feed is thousands of small objects: at its default the collector would walk them over and over.
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        await work(pairs, stop)


def _end(stop: asyncio.Event) -> None:
    """Whatever hangs then, this process ends, and says where it was; what it held the next one takes up."""
    stop.set()
    faulthandler.dump_traceback_later(PATIENCE + LAST_BREATH, exit=True)


async def _close(runtime: Runtime) -> None:
    """Close what can be closed soon; the end of the process closes the rest."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSING):
            await runtime.close()


async def work(pairs: Sequence[tuple[Runtime, Work]], stop: asyncio.Event) -> None:
    """Work until `stop` is set. The runtimes are the caller's to close."""
    desks = [Desk(runtime, its_work) for runtime, its_work in pairs]
    tasks = [asyncio.create_task(loop, name=name) for desk in desks for name, loop in desk.loops()]
    log.info("worker_started", services=[desk.service for desk in desks])
    try:
        await stop.wait()
    finally:
        await end(tasks, PATIENCE)
        await asyncio.gather(*(desk.slots.drain(PATIENCE) for desk in desks))
        log.info("worker_stopped", services=[desk.service for desk in desks])


class Desk:
    """One service's place in a worker process."""

    def __init__(self, runtime: Runtime, its_work: Work) -> None:
        self.service = runtime.service
        self.slots = Slots(runtime, its_work.jobs, tells=its_work.tells)
        self._runtime = runtime
        self._chores = (*its_work.chores, COMPACTION, FORGETTING, FORGETTING_JOBS)
        self._subscriber = Subscriber(runtime, its_work.subscriptions)
        self._own = its_work.loops
        self._called = {publisher: asyncio.Event() for publisher in self._subscriber.publishers}

    def loops(self) -> list[tuple[str, Coroutine[Any, Any, None]]]:
        loops: dict[str, Callable[[], Awaitable[None]]] = {
            "heartbeat": self._beat,
            "sequencer": partial(Sequencer(self._runtime.database).run, self._nudge),
            "audit chain": AuditChain(self._runtime.database).run,
            "sweep": self.slots.sweep,
        }
        if self._runtime.settings.redis_url:
            loops["calls"] = partial(
                listen, self._runtime.settings.redis_url, self.service, pull=self._call, run=self.slots.offer
            )
        loops |= {f"pull {publisher}": partial(self._pull, publisher) for publisher in self._called}
        loops |= {f"chore {chore.name}": partial(self._do, chore) for chore in self._chores}
        loops |= {name: partial(loop, self._runtime) for name, loop in self._own.items()}
        return [(f"{self.service} {name}", keep_going(name, self.service, loop)) for name, loop in loops.items()]

    async def _nudge(self) -> None:
        # Who listens is not known here: each service has a worker of its own. Who does not listen ignores it.
        await self._runtime.queue.nudge(SERVICE_NAMES, self.service)

    async def _call(self, publisher: str) -> None:
        if called := self._called.get(publisher):
            called.set()

    async def _pull(self, publisher: str) -> None:
        called = self._called[publisher]
        while True:
            called.clear()
            await self._subscriber.pull(publisher)
            with suppress(TimeoutError):
                async with asyncio.timeout(PULL_EVERY):
                    await called.wait()

    async def _do(self, chore: Chore) -> None:
        while True:
            await asyncio.sleep((chore.due_after(now()) - now()).total_seconds())
            await chore.run(self._runtime)

    async def _beat(self) -> None:
        try:
            while True:
                heartbeat.beat(self._runtime.settings.data_dir, self.service, now())
                await asyncio.sleep(heartbeat.EVERY)
        finally:
            heartbeat.stop(self._runtime.settings.data_dir, self.service)

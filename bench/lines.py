"""Lines 1, 3 and 10 of the performance targets, each as ours against a baseline measured in the same run."""

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from bench import baselines, processes
from bench.house import House
from bench.load import Load, Request, drive
from bench.targets import TARGETS
from shared.clock import new_id
from shared.feed.events import Event
from shared.feed.sequencer import Sequencer
from shared.feed.subscriber import Subscriber
from shared.runtime import Runtime
from shared.units import emit

PAGE = "/ims/oneroster/rostering/v1p2/users?limit=100"
JSON = {"Content-Type": "application/json"}
JOBS, BATCH = 4000, 1000


@dataclass(frozen=True)
class Plan:
    """How long and how often, and where: `cores` are the server's and everybody else's."""

    seconds: float
    rounds: int
    connections: int
    cores: tuple[int, int] | None


@dataclass
class Side:
    per_second: float
    app_us: float
    postgres_us: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0


@dataclass
class Line:
    number: int
    what: str
    baseline: Side
    ours: Side
    first: float
    goal: float

    @property
    def ratio(self) -> float:
        return self.ours.per_second / self.baseline.per_second

    @property
    def cpu_ratio(self) -> float | None:
        ours = self.ours.app_us + self.ours.postgres_us
        return self.baseline.app_us / ours if ours and self.baseline.app_us else None


def page_of(house: House) -> Request:
    return Request.of(house.port, "GET", PAGE, house.headers)


def post_of(house: House) -> Request:
    person = house.headers | JSON | {"Throughline-Person": house.observer}
    return Request.of(house.port, "POST", "/v1/observations", person, orjson.dumps(house.observation))


def line_1(house: House, plan: Plan, folder: Path) -> Line:
    ours = page_of(house)
    size = asyncio.run(drive(ours, 0.5, 1)).body_bytes
    sides = _against(house, plan, folder, ours, lambda port: Request.of(port, "GET", "/page", {}), size, 200)
    return Line(1, "OneRoster page", *sides, *_due(1))


def line_3(house: House, plan: Plan, folder: Path) -> Line:
    def baseline(port: int) -> Request:
        return Request.of(port, "POST", "/observations", JSON, orjson.dumps(house.observation))

    return Line(3, "POST observation", *_against(house, plan, folder, post_of(house), baseline, 100, 201), *_due(3))


def _due(number: int) -> tuple[float, float]:
    return TARGETS[number].first, TARGETS[number].goal


def _against(
    house: House, plan: Plan, folder: Path, ours: Request, baseline: Any, size: int, status: int
) -> tuple[Side, Side]:
    port = processes.free_port()
    with processes.python("bench.baselines", str(port), str(size), log=folder / "baseline.log") as served:
        processes.wait_listening(port, served)
        if plan.cores:
            processes.pin([served.pid], plan.cores[0])
        return turns(house, plan, (baseline(port), [served.pid], [], status), (ours, house.api, house.postgres, status))


Turn = tuple[Request, list[int], list[int], int]
"""What is asked, of which processes, with which PostgreSQL behind them, and the status that must come."""


def turns(house: House, plan: Plan, theirs: Turn, ours: Turn) -> tuple[Side, Side]:
    """Let the two take turns, so that whatever else the machine does meets both; give the medians."""
    sides: tuple[list[Side], list[Side]] = ([], [])
    with house.workers_resting():
        for round_ in range(plan.rounds + 1):
            pair = [measure_once(asked, plan, app, postgres, status) for asked, app, postgres, status in (theirs, ours)]
            if round_:  # the first warms up
                for known, side in zip(sides, pair, strict=True):
                    known.append(side)
    return _middle(sides[0]), _middle(sides[1])


def measure_once(request: Request, plan: Plan, app: list[int], postgres: list[int], status: int) -> Side:
    import uvloop

    before = processes.cpu_seconds(app), processes.cpu_seconds(_with_backends(postgres))
    load: Load = uvloop.run(drive(request, plan.seconds, plan.connections))
    after = processes.cpu_seconds(app), processes.cpu_seconds(_with_backends(postgres))
    if set(load.statuses) != {status}:
        raise RuntimeError(f"expected only {status}, got {dict(load.statuses)}")
    count = len(load.seconds) / 1e6
    return Side(
        load.per_second, (after[0] - before[0]) / count, (after[1] - before[1]) / count,
        load.percentile(50) * 1000, load.percentile(99) * 1000,
    )  # fmt: skip


def _with_backends(postgres: list[int]) -> list[int]:
    return [pid for root in postgres[:1] for pid in processes.tree(root)]


def _middle(sides: list[Side]) -> Side:
    return Side(**{name: median(getattr(side, name) for side in sides) for name in Side.__dataclass_fields__})


def line_10(house: House, plan: Plan, events: int) -> Line:
    """Ours: apply changes of people to a service's copies, over HTTP, exactly once. Theirs: jobs that do nothing."""
    import uvloop

    os.environ.update(house.environment)
    mine = os.sched_getaffinity(0)
    with house.workers_resting():
        if plan.cores:
            os.sched_setaffinity(0, {plan.cores[1]})
        ours = uvloop.run(_apply(house, events))
        began = time.process_time()
        jobs = uvloop.run(baselines.arq_jobs_per_second(house.environment["REDIS_URL"], JOBS))
        us = (time.process_time() - began) / JOBS * 1e6
        os.sched_setaffinity(0, mine)
    return Line(10, "events applied", Side(jobs, us), ours, *_due(10))


async def _apply(house: House, events: int) -> Side:
    from services.coaching.jobs import WORK
    from services.coaching.settings import CoachingSettings
    from services.districts.settings import DistrictsSettings

    publisher = await Runtime.open("districts", DistrictsSettings())
    subscriber = await Runtime.open("coaching", CoachingSettings())
    try:
        pulling = Subscriber(subscriber, WORK.subscriptions)
        while await Sequencer(publisher.database).run_once():
            pass
        await pulling.pull("districts")  # what filling the house has left
        await _announce(publisher, house, events)
        while await Sequencer(publisher.database).run_once():
            pass
        began, cpu = time.perf_counter(), time.process_time()
        applied = await pulling.pull("districts")
        elapsed, used = time.perf_counter() - began, time.process_time() - cpu
    finally:
        await publisher.close()
        await subscriber.close()
    if applied < events:
        raise RuntimeError(f"{applied} of {events} events were applied")
    return Side(applied / elapsed, used / applied * 1e6)


async def _announce(publisher: Runtime, house: House, events: int) -> None:
    people = [new_id() for _ in range(min(events, BATCH * 5))]
    for start in range(0, events, BATCH):
        async with publisher.database.unit(house.login.district_id) as unit:
            for number in range(start, min(start + BATCH, events)):
                person = people[number % len(people)]
                state = {
                    "id": str(person), "version": number + 1, "archived": False, "given_name": "Ada",
                    "family_name": "Bench", "email": None,
                }  # fmt: skip
                emit(unit, Event("person.changed", "people", person, state, ("given_name",)))

"""Lines 2, 5, 6 and 11: the far end of the roster, a fresh roster, the same one again, and the memory it took.

Each is a share of something else in the same run, and better the smaller it is; memory alone is in megabytes.
"""

import asyncio
import time
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import asyncpg
import httpx

from bench import processes
from bench.house import House, Login, import_roster, new_client
from bench.lines import PAGE, Plan, measure_once
from bench.load import Request
from bench.roster import Shape, write
from bench.roster_columns import COLUMNS

TURNS, SMALL = 3, 200_000  # the median of so many counts, up to so many people; else there is time for one
FILES = ("users", "enrollments")
MEGABYTE = 1_000_000


@dataclass
class Bound:
    """Ours may be so many times the baseline; without one, so many of the unit."""

    number: int
    what: str
    unit: str
    baseline: float | None
    ours: float
    first: float
    goal: float
    cpu: tuple[float, float] | None = None  # seconds of the baseline and of ours: what other work disturbs least

    @property
    def cpu_ratio(self) -> float | None:
        return self.cpu[1] / self.cpu[0] if self.cpu else None

    @property
    def ratio(self) -> float:
        return self.ours / self.baseline if self.baseline else self.ours


@dataclass(frozen=True)
class Spent:
    seconds: float
    cpu: float


class Watch:
    """Time from now on, and what these processes and those that they start use of the cores."""

    def __init__(self, roots: Sequence[int]) -> None:
        self.roots = roots
        self.cpu = processes.cpu_seconds_below(roots)
        self.began = time.perf_counter()

    def stop(self) -> Spent:
        seconds = time.perf_counter() - self.began
        return Spent(seconds, processes.cpu_seconds_below(self.roots) - self.cpu)


def line_2(house: House, plan: Plan) -> list[Bound]:
    """Take turns at the first page and at the last but one, as its Link gives it."""
    with house.client() as client:
        total = int(client.get(PAGE).raise_for_status().headers["X-Total-Count"])
        before = client.get(f"{PAGE}&offset={max(0, total - 200)}").raise_for_status()
        following = httpx.URL(before.links["next"]["url"]).raw_path.decode()
    first, far = (Request.of(house.port, "GET", path, house.headers) for path in (PAGE, following))
    times: tuple[list[float], list[float]] = ([], [])
    with house.workers_resting():
        for round_ in range(plan.rounds + 1):
            pair = [measure_once(request, plan, house.api, house.postgres, 200).p50_ms for request in (first, far)]
            if round_:  # the first warms up
                for known, p50 in zip(times, pair, strict=True):
                    known.append(p50)
    return [Bound(2, "far end, p50", "ms", median(times[0]), median(times[1]), 1.2, 1.1)]


def lines_5_and_6(house: House, plan: Plan, people: int, folder: Path) -> list[Bound]:
    """Import a roster into a new district, then what became of it, as nightly uploads do; medians while it is small.

    Either side may use every core: the worker unpacks while PostgreSQL copies, as the baseline's client and PostgreSQL.
    """
    shape = Shape.of(people)
    if plan.cores:
        processes.release((*house.worker, *house.postgres))
    turns = TURNS if people <= SMALL else 1
    first, renamed, moved = (folder / f"{name}.zip" for name in ("first", "renamed", "moved"))
    write(first, shape)
    write(renamed, replace(shape, changed=0.01))
    write(moved, replace(shape, moved=0.01))  # and the users that were renamed get their names back
    floor = asyncio.run(_copied(house, first, folder, turns))
    spent: dict[str, list[Spent]] = {name: [] for name in ("fresh", "renamed", "same", "moved")}
    for _ in range(turns):
        login = new_client(house.environment, house.port)
        for name, path in (("fresh", first), ("renamed", renamed), ("same", renamed), ("moved", moved)):
            spent[name].append(_import(house, login, path))
    fresh = _median(spent["fresh"])
    return [
        _bound(5, f"import, {shape.people:,} users", floor, fresh, 2.5, 1.5),
        _bound(6, "1% of users renamed", fresh, _median(spent["renamed"]), 0.35, 0.15),
        _bound(6, "1% of users, enrollments", fresh, _median(spent["moved"]), 0.35, 0.15),
        _bound(6, "the same file", fresh, _median(spent["same"]), 0.05, 0.02),
    ]


def _bound(number: int, what: str, baseline: Spent, ours: Spent, first: float, goal: float) -> Bound:
    cpu = (baseline.cpu, ours.cpu)
    return Bound(number, what, "s", baseline.seconds, ours.seconds, first, goal, cpu)


def _median(spent: list[Spent]) -> Spent:
    return Spent(median(s.seconds for s in spent), median(s.cpu for s in spent))


def _import(house: House, login: Login, path: Path) -> Spent:
    """Take the time from the first byte sent to the state `applied`."""
    with httpx.Client(base_url=house.url, headers=login.headers(), timeout=3600) as client:
        watch = Watch((*house.worker, *house.postgres))
        import_roster(client, path.read_bytes())
        return watch.stop()


async def _copied(house: House, roster: Path, folder: Path, turns: int) -> Spent:
    """COPY the users and enrollments of the very files into new tables, then key them by their ids: the floor."""
    with zipfile.ZipFile(roster) as archive:
        files = {name: Path(archive.extract(f"{name}.csv", folder)) for name in FILES}
    connection = await asyncpg.connect(house.environment["MIGRATION_DATABASE_URL"])
    try:
        await connection.execute("create schema bench")
        spent = [await _copy(connection, files, Watch(house.postgres)) for _ in range(turns)]
        return _median(spent)
    finally:
        await connection.execute("drop schema if exists bench cascade")
        await connection.close()
        for file in files.values():
            file.unlink()


async def _copy(connection: asyncpg.Connection, files: dict[str, Path], watch: Watch) -> Spent:
    for name, file in files.items():
        columns = ", ".join(f'"{column}" text collate "C"' for column in COLUMNS[name])
        await connection.execute(f"create table bench.{name} ({columns})")
        await connection.copy_to_table(name, schema_name="bench", source=file, format="csv", header=True, timeout=None)
        await connection.execute(f'alter table bench.{name} add primary key ("sourcedId")', timeout=None)
    spent = watch.stop()
    for name in files:
        await connection.execute(f"drop table bench.{name}")
    return spent


def line_11(house: House) -> list[Bound]:
    """Read what each process held at its most, all lines so far included. The API process carries all four services."""
    return [
        Bound(11, "memory, API", "MB", None, _most(house.api), 150, 90),
        Bound(11, "memory, worker", "MB", None, _most(house.worker), 600, 300),
    ]


def _most(pids: Iterable[int]) -> float:
    return max(processes.peak_bytes(pid) for root in pids for pid in processes.tree(root)) / MEGABYTE

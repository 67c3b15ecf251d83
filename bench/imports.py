"""Lines 2, 5, 6 and 11: the far end of the roster, a fresh roster, the same one again, and the memory it took.

Each is a share of something else in the same run, and better the smaller it is; memory alone is in megabytes.
"""

import asyncio
import io
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import asyncpg
import httpx

from bench import processes
from bench.house import House, import_roster, new_client
from bench.lines import PAGE, Plan, measure_once
from bench.load import Request
from bench.roster import District, Row, Shape, write
from bench.roster_columns import COLUMNS

COPIES = 3  # of the baseline; the median counts
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

    @property
    def ratio(self) -> float:
        return self.ours / self.baseline if self.baseline else self.ours


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
    """Import a roster into a new district, then one with 1% of the users renamed, then that very file again."""
    shape = Shape.of(people)
    if plan.cores:
        processes.pin(house.worker, plan.cores[1])
    copied = asyncio.run(_copied(house.environment["MIGRATION_DATABASE_URL"], shape))
    _, headers = new_client(house.environment, house.port)
    fresh = _import(house, headers, shape, folder)
    changed = _import(house, headers, replace(shape, changed=0.01), folder)
    unchanged = _import(house, headers, replace(shape, changed=0.01), folder)
    return [
        Bound(5, f"import, {shape.people:,} users", "s", copied, fresh, 2.5, 1.5),
        Bound(6, "1% changed", "s", fresh, changed, 0.35, 0.15),
        Bound(6, "the same file", "s", fresh, unchanged, 0.05, 0.02),
    ]


def _import(house: House, headers: dict[str, str], shape: Shape, folder: Path) -> float:
    """Give the seconds from the first byte sent to the state `applied`."""
    path = folder / "roster.zip"
    write(path, shape)
    with httpx.Client(base_url=house.url, headers=headers, timeout=600) as client:
        began = time.perf_counter()
        import_roster(client, path.read_bytes())
        return time.perf_counter() - began


async def _copied(url: str, shape: Shape) -> float:
    """COPY the users and enrollments of the very files into new tables, then key them by their ids: the floor."""
    district = District(shape)
    rows: dict[str, Iterable[Row]] = {"users": district.users(), "enrollments": district.enrollments()}
    texts = {name: _csv(rows[name]) for name in FILES}
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("create schema bench")
        return median([await _copy(connection, texts) for _ in range(COPIES)])
    finally:
        await connection.execute("drop schema if exists bench cascade")
        await connection.close()


async def _copy(connection: asyncpg.Connection, texts: dict[str, bytes]) -> float:
    began = time.perf_counter()
    for name, text in texts.items():
        columns = ", ".join(f'"{column}" text collate "C"' for column in COLUMNS[name])
        await connection.execute(f"create table bench.{name} ({columns})")
        await connection.copy_to_table(name, schema_name="bench", source=io.BytesIO(text), format="csv")
        await connection.execute(f'alter table bench.{name} add primary key ("sourcedId")')
    elapsed = time.perf_counter() - began
    for name in texts:
        await connection.execute(f"drop table bench.{name}")
    return elapsed


def _csv(rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    for row in rows:
        text.write(",".join(f'"{cell}"' if "," in cell else cell for cell in row) + "\n")
    return text.getvalue().encode()


def line_11(house: House) -> list[Bound]:
    """Read what each process held at its most, all lines so far included. The API process carries all four services."""
    return [
        Bound(11, "memory, API", "MB", None, _most(house.api), 150, 90),
        Bound(11, "memory, worker", "MB", None, _most(house.worker), 600, 300),
    ]


def _most(pids: Iterable[int]) -> float:
    return max(processes.peak_bytes(pid) for root in pids for pid in processes.tree(root)) / MEGABYTE

"""`make bench`: lines of the performance targets as ratios, ours against a baseline of the same run.

  line  baseline                                          ours
  1     FastAPI answers ready bytes of the same size      a OneRoster page of 100 users: token, RLS, audit row
  3     FastAPI validates that body, without a database   POST /v1/observations: token, person, RLS, event, audit row
  4     line 3 of ours                                    the same in batches of fifty, each with an outcome and a key
  10    arq does jobs that do nothing                     one worker applies events of the feed to its service's tables
  14    ours without checks of access and audit rows      ours

Those are better the higher they are. Of these, less is better:

  2     the first page of users                           the last but one, by the cursor in its Link
  5     COPY of users and enrollments, and their keys     a fresh roster, from the first byte sent to applied
  6     line 5 of ours                                    1% of the users renamed; 1% of users and enrollments
                                                          changed; the very same file
  11    none: megabytes at most                           one service alone; the API process of all four; the worker
  13    a page of users                                   the same in ten times the users

The server has one core; the load, PostgreSQL and Redis have the other. Figures of one machine do not travel, ratios do.
The two sides of a line take turns; medians of five rounds after one that warms up. bench/targets.py has the targets and
what each line includes.
The workers rest while requests are measured. Lines 5 and 6 may use both cores, the baseline too; their CPU seconds are
those of the worker and PostgreSQL. Everything runs in a temporary folder and is gone afterwards.

    python -m bench --users 1000000 --roster 1000000 --seconds 10      the sizes that the targets speak of
    python -m bench --line 5 --line 11 --roster 1000000                imports of a million users alone
"""

import argparse
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import httpx
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench import processes
from bench.house import House, fill, running
from bench.imports import Bound, line_2, line_11, lines_5_and_6
from bench.lines import Line, Plan, Side, line_1, line_3, line_10
from bench.requests import line_4, line_11_alone, line_13, line_14
from bench.targets import TARGETS
from shared.clock import now

ORDER = (1, 2, 3, 4, 13, 14, 10, 5, 6, 11)  # imports last: what they leave in the feed would disturb the others
RESULTS = Path(__file__).parent / "results.json"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=20_000, help="people in the roster")
    parser.add_argument("--roster", type=int, default=100_000, help="people of lines 5 and 6, five enrollments each")
    parser.add_argument("--seconds", type=float, default=1.5, help="of each round")
    parser.add_argument("--rounds", type=int, default=5, help="after one that warms up; the median counts")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--events", type=int, default=50_000, help="of line 10")
    parser.add_argument("--log-level", default="WARNING", help="of ours; INFO writes a line for each request")
    parser.add_argument("--line", type=int, action="append", choices=sorted(ORDER), help="only this; may be repeated")
    return parser.parse_args()


def measure(given: argparse.Namespace, console: Console) -> list[Line | Bound]:
    plan = Plan(given.seconds, given.rounds, given.connections, processes.cores())
    wanted = [number for number in ORDER if number in (given.line or ORDER)]
    if 5 in wanted and 6 in wanted:
        wanted.remove(6)  # one cannot be had without the other
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory(prefix="tl-bench-") as folder,
        Progress(*columns, console=console, transient=True) as progress,
    ):
        here = Path(folder)
        if plan.cores:
            os.sched_setaffinity(0, {plan.cores[1]})  # the children too, until told otherwise
        task = progress.add_task("starting Throughline", total=None)
        with running(here / "data", given.log_level) as house:
            progress.update(task, total=1, completed=1)
            if plan.cores:
                processes.pin(house.api, plan.cores[0])
            fill(house, given.users, progress)
            lines: list[Line | Bound] = []
            for number in wanted:
                task = progress.add_task(f"line {number}", total=None)
                house.headers = house.login.headers()
                try:
                    lines += _measure(number, house, plan, given, here)
                except (RuntimeError, OSError, httpx.HTTPError) as error:  # it spoils no other
                    console.print(f"[bold]line {number} could not be measured[/bold]: {error}")
                progress.update(task, total=1, completed=1)
    return lines


def _measure(number: int, house: House, plan: Plan, given: argparse.Namespace, folder: Path) -> Sequence[Line | Bound]:
    match number:
        case 1:
            return [line_1(house, plan, folder)]
        case 2:
            return line_2(house, plan)
        case 3:
            return [line_3(house, plan, folder)]
        case 4:
            return line_4(house, plan)
        case 13:
            return line_13(house, plan)
        case 14:
            return line_14(house, plan, folder)
        case 10:
            return [line_10(house, plan, given.events)]
        case 11:
            return [*line_11_alone(house, plan, folder), *line_11(house)]
        case _:
            return lines_5_and_6(house, plan, given.roster, folder)


def show(lines: Sequence[Line], console: Console) -> None:
    table = Table(box=SIMPLE_HEAD, title="A second (and CPU microseconds for each)", title_justify="left")
    for name in ("line", "baseline", "ours (app + pg)", "ratio", "first, goal"):
        table.add_column(name, justify="left" if name == "line" else "right", no_wrap=True)
    for line in lines:
        table.add_row(
            f"{line.number} {line.what}", _side(line.baseline), _side(line.ours), f"[bold]{line.ratio:,.2f}[/bold]",
            f"{line.first:g}, {line.goal:g}",
        )  # fmt: skip
    console.print(table)


def show_bounds(bounds: Sequence[Bound], console: Console) -> None:
    table = Table(box=SIMPLE_HEAD, title="Less is better", title_justify="left")
    for name in ("line", "baseline", "ours", "ratio", "of CPU", "first, goal"):
        table.add_column(name, justify="left" if name == "line" else "right", no_wrap=True)
    for bound in bounds:
        baseline, ratio = (
            ("", "") if bound.baseline is None else (f"{bound.baseline:,.2f} {bound.unit}", f"{bound.ratio:,.2f}")
        )
        table.add_row(
            f"{bound.number} {bound.what}", baseline, f"{bound.ours:,.2f} {bound.unit}", f"[bold]{ratio}[/bold]",
            "" if bound.cpu is None else f"{bound.cpu_ratio:,.2f}", f"{bound.first:g}, {bound.goal:g}",
        )  # fmt: skip
    console.print(table)


def _side(side: Side) -> str:
    us = f"{side.app_us:,.0f} + {side.postgres_us:,.0f}" if side.postgres_us else f"{side.app_us:,.0f}"
    return f"{side.per_second:,.0f} ({us})"


def _cpu(line: Line | Bound) -> dict[str, float | None]:
    return {"cpu_ratio": line.cpu_ratio}


def main() -> None:
    given, console = arguments(), Console()
    if processes.cores() is None:
        console.print("One core only: server and load share it, so these ratios say little.")
    machine = processes.machine()
    console.print(", ".join(f"{name} {said}" for name, said in machine.items()), highlight=False)
    lines = measure(given, console)
    if rates := [line for line in lines if isinstance(line, Line)]:
        show(rates, console)
    if bounds := [line for line in lines if isinstance(line, Bound)]:
        show_bounds(bounds, console)
    for number in dict.fromkeys(line.number for line in lines):
        console.print(f"[dim]{number}: {TARGETS[number].what}, {TARGETS[number].includes}[/dim]", highlight=False)
    report = {
        "at": now(), "machine": machine, "options": vars(given),
        "lines": [asdict(line) | {"ratio": line.ratio} | _cpu(line) for line in lines],
    }  # fmt: skip
    RESULTS.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    console.print(f"Written to {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}")


if __name__ == "__main__":
    main()

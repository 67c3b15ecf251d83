"""The demo from end to end: set up, play the year, wait for the numbers, show them."""

import asyncio
import time

from rich.console import Console

from demo import show
from demo.api import Api, DemoFailed
from demo.progress import Steps, steps
from demo.setting import Setting, prepare
from demo.year import play_year

PATIENCE = 60.0  # seconds without anything new
MONTHS = {"from": "2025-09", "to": "2026-05"}


def run(base_url: str, client_id: str, client_secret: str, *, schools: int = 3, console: Console | None = None) -> None:
    """Play one school year through HTTP and print what came of it."""
    asyncio.run(_run(base_url, client_id, client_secret, schools, console or Console()))


async def _run(base_url: str, client_id: str, client_secret: str, schools: int, console: Console) -> None:
    api = Api(base_url, client_id, client_secret)
    started = time.monotonic()
    try:
        console.print(
            f"\n[bold]A school year of a synthetic district of {schools} schools, through the public API[/bold]\n"
        )
        with steps(console) as progress:
            found, imported = await prepare(api, progress, schools=schools)
            await play_year(api, found, progress)
            await arrive(api, found, progress)
        show.roster(console, imported)
        await show.results(console, api, found)
        seconds = time.monotonic() - started
        console.print(
            f"\n{api.requests:,} requests in {seconds:.0f} s. All but the district and its client went in by them."
        )
        show.commands(console, base_url, client_id, client_secret, found)
    finally:
        await api.close()


async def arrive(api: Api, found: Setting, progress: Steps) -> None:
    """Wait until the measures hold everything that was played: it takes seconds, and no step of ours."""
    task = progress.add_task("Measures follow by themselves", total=1)
    visits = sum(len(school.visits) for school in found.schools)
    shared = sum(visit.shared_after is not None for school in found.schools for visit in school.visits)
    cycles = sum(len(school.cycles) for school in found.schools)
    until = time.monotonic() + PATIENCE
    moved: tuple[int, ...] = ()
    while time.monotonic() < until:
        latency = await api.all("/v1/measures/feedback_latency", by="school", **MONTHS)
        completed = sum(cell["counts"]["completed"] or 0 for cell in latency)
        line = await api.get(f"/v1/throughlines/{found.goal}")
        now = (completed, show.coached(line), show.walked(line))
        if all(held >= played for held, played in zip(now, (shared, cycles, _walks(found)), strict=True)):
            progress.advance(task)
            return
        if now != moved:
            until, moved = time.monotonic() + PATIENCE, now
        await asyncio.sleep(0.2)
    raise DemoFailed(f"the measures hold {completed} of {shared} shared feedbacks of {visits} observations")


def _walks(found: Setting) -> int:
    return sum(len(school.walks) for school in found.schools)

"""kill -9 of the API process and of the worker in mid-demo loses nothing, and nothing comes twice.

The same year is played twice: once while they are killed again and again, once in peace. What was acknowledged is told
exactly once by /v1/events, and both districts end with the same throughline.
"""

import asyncio
import io
import json
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import httpx
import psutil
from rich.console import Console

from demo.api import Api
from demo.play import arrive
from demo.progress import PlainSteps
from demo.setting import Setting, prepare
from demo.year import play_year
from tests.faults.process_tree import Up

# What is killed when so many requests were answered: in the import, among the first people, in mid-year.
KILLS = ((3, "worker"), (60, "api"), (200, "worker"), (230, "api"))
EVERY_NTH_VISIT, WALKS = 16, 1  # a year that is played in seconds
PATIENCE, QUIET = 30, 0.7


class Noted(Api):
    """Notes what was acknowledged: the row, or the one that it is a part of and that tells of it."""

    def __init__(self, base_url: str, client: dict[str, str]) -> None:
        super().__init__(base_url, client["client_id"], client["client_secret"])
        self.acknowledged: set[str] = set()

    async def _send(self, method: str, path: str, person: UUID | None, **more: Any) -> httpx.Response:
        answer = await super()._send(method, path, person, **more)
        if method != "GET":
            row = answer.json()
            self.acknowledged.add(row.get("cycle_id") or row.get("walk_id") or row["id"])
        return answer


@dataclass(frozen=True)
class Ending:
    """What a play leaves behind: what was acknowledged, what the district's events tell, and the goal's throughline."""

    acknowledged: set[str]
    events: list[dict[str, Any]]
    throughline: dict[str, Any]

    def told(self) -> dict[str, list[str]]:
        """Give what was told of each row, one by one or in a batch."""
        found = defaultdict(list)
        for event in self.events:
            for row_id in event["ids"] or [event["entity_id"]]:
                found[row_id].append(f"{event['type']} {' '.join(event['changed'])}")
        return found


def new_client(up: Up) -> dict[str, str]:
    district = json.loads(up.run("district", "create", "--name", "Played", "--json").stdout)["district_id"]
    made = up.run("client", "create", "--district", district, "--name", "c", "--scope", "all", "--json")
    return dict(json.loads(made.stdout))


def shorten(found: Setting) -> None:
    for number, school in enumerate(found.schools):
        # All of one school's cycles: fewer coached ones than that are too few to be counted.
        school.cycles = [] if number else [replace(cycle, sessions=cycle.sessions[:2]) for cycle in school.cycles]
        cited = {cycle.from_visit for cycle in school.cycles}
        school.visits = [v for n, v in enumerate(school.visits) if n % EVERY_NTH_VISIT == 0 or v.id in cited]
        school.walks = school.walks[:WALKS]


async def play(up: Up, kills: tuple[tuple[int, str], ...] = ()) -> Ending:
    api = Noted(f"http://127.0.0.1:{up.port}", await asyncio.to_thread(new_client, up))
    progress = PlainSteps(Console(file=io.StringIO()))
    killing = asyncio.create_task(kill(up, api, kills))
    found, _ = await prepare(api, progress)
    shorten(found)
    await play_year(api, found, progress)
    await killing
    await arrive(api, found, progress)
    ending = Ending(api.acknowledged, await told_by(api), await api.get(f"/v1/throughlines/{found.goal}"))
    await api.close()
    return ending


async def kill(up: Up, api: Api, kills: tuple[tuple[int, str], ...]) -> None:
    for answered, name in kills:
        while api.requests < answered:  # noqa: ASYNC110 - the demo's client has no event for it
            await asyncio.sleep(0.01)
        while (part := await asyncio.to_thread(up.part, name)) is None:  # noqa: ASYNC110 - nor has a process
            await asyncio.sleep(0.05)
        with suppress(psutil.NoSuchProcess):
            part.kill()


async def told_by(api: Noted) -> list[dict[str, Any]]:
    """Read the events until all that was acknowledged is told, and no more comes."""
    events: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    came, until = time.monotonic(), time.monotonic() + PATIENCE
    while time.monotonic() < until:
        page = await api.get("/v1/events", limit=500, **after)
        events, after = events + page["data"], {"after": page["next"]}
        if page["data"]:
            came = time.monotonic()
        elif api.acknowledged <= {event["entity_id"] for event in events} and time.monotonic() - came > QUIET:
            break
        await asyncio.sleep(0 if page["more"] else 0.1)
    return events


def without_ids(value: Any) -> Any:
    """Make two districts' answers alike: no ids, no times of reading, lists in an order of their own content."""
    if isinstance(value, float):
        return round(value, 9)  # a sum's last digit depends on the order
    if isinstance(value, dict):
        return {key: without_ids(each) for key, each in value.items() if key not in {"as_of", "ends"}}
    if isinstance(value, list):
        return sorted((without_ids(each) for each in value), key=json.dumps)
    with suppress(ValueError):
        return f"an id: {bool(UUID(value))}" if isinstance(value, str) else value
    return value


async def test_a_demo_goes_on_through_kills_as_if_there_were_none(running: Up) -> None:
    killed, peaceful = await play(running, KILLS), await play(running)
    told = killed.told()
    assert len({event["id"] for event in killed.events}) == len(killed.events)
    assert killed.acknowledged - told.keys() == set()
    assert count_alike(told) == count_alike(peaceful.told())
    assert without_ids(killed.throughline) == without_ids(peaceful.throughline)


def count_alike(told: dict[str, list[str]]) -> Counter[tuple[str, ...]]:
    """Count the rows of which the same was told, each thing as often."""
    return Counter(tuple(sorted(what)) for what in told.values())

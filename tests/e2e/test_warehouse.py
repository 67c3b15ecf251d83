"""A warehouse that copies the feed and fetches what it names has no orphans: every id in every row leads to a row.

What is hidden elsewhere must not be missing here: a retired framework version, an archived goal, a person who left.
"""

import asyncio
import io
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from rich.console import Console

from demo.api import Api
from demo.progress import PlainSteps
from demo.setting import Setting, prepare
from demo.year import play_year
from shared.testing.stack import District
from tests.e2e.joins import NOT_READ, REFERENCES

Rows = dict[str, dict[str, dict[str, Any]]]  # entity -> id -> row


class InHouse(Api):
    """The demo's client on the apps of this process."""

    def __init__(self, district: District) -> None:
        super().__init__("http://127.0.0.1:8000", district.client_id, district.client_secret)
        self._asked, self._http = self._http, district.stack.client()

    async def close(self) -> None:
        await self._asked.aclose()
        await super().close()


@asynccontextmanager
async def at_work(district: District) -> AsyncIterator[None]:
    """Do what the workers do, until the play is over."""

    async def settle() -> None:
        while True:
            await district.stack.settle()
            await asyncio.sleep(0.05)

    task = asyncio.create_task(settle())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await district.stack.settle()


def shorten(found: Setting) -> None:
    for school in found.schools:
        school.cycles = [replace(cycle, sessions=cycle.sessions[:1]) for cycle in school.cycles[:2]]
        cited = {cycle.from_visit for cycle in school.cycles}
        school.visits = [v for n, v in enumerate(school.visits) if n % 12 == 0 or v.id in cited]
        school.walks = school.walks[:1]


async def copied(api: Api) -> tuple[Rows, list[dict[str, Any]]]:
    """Read the feed from its beginning, then each row that it names, once, as it is now."""
    named: dict[str, set[str]] = defaultdict(set)
    events, page = [], {"next": None, "more": True}
    while page["more"]:
        page = await api.get("/v1/events", limit=500, **({"after": page["next"]} if page["next"] else {}))
        events += page["data"]
    for event in events:
        named[event["entity"].replace("-", "_")] |= set(event["ids"] or [event["entity_id"]])
    rows: Rows = {}
    for entity, ids in named.items():
        if entity not in NOT_READ:
            answers = [await api.get_or_none(f"/v1/{entity.replace('_', '-')}/{each}") for each in sorted(ids)]
            rows[entity] = {each: row for each, row in zip(sorted(ids), answers, strict=True) if row is not None}
            assert len(rows[entity]) == len(ids), f"{entity}: {len(ids) - len(rows[entity])} cannot be read"
    return rows, events


async def with_scores(api: Api, rows: Rows) -> None:
    """Read what was recorded as its observer, whom a machine acts for; to the machine itself it is withheld."""
    for each, row in rows["observations"].items():
        assert row["withheld"] == "purpose"
        rows["observations"][each] = await api.get(f"/v1/observations/{each}", row["observer_id"])


def orphans(rows: Rows) -> Iterator[str]:
    """Name every reference that leads nowhere."""
    for entity, kept in rows.items():
        for row in kept.values():
            for member, target in REFERENCES.get(entity, {}).items():
                value = row.get(member)
                for each in value if isinstance(value, list) else [value]:
                    if each is not None and each not in rows[target]:
                        yield f"{entity}.{member} -> {target} {each}"


def unscored(rows: Rows) -> Iterator[str]:
    """Name every score and mark whose indicator or look-for is not in its framework version."""
    for row in rows["observations"].values():
        version = rows["framework_versions"].get(row["framework_version_id"], {})
        known = {
            indicator["id"]
            for domain in version.get("domains", [])
            for component in domain["components"]
            for indicator in component["indicators"]
        } | {look_for["id"] for look_for in version.get("look_fors", [])}
        content = row["content"]
        used = [s["indicator_id"] for s in content["scores"]] + [m["look_for_id"] for m in content["look_fors"]]
        yield from (f"observation {row['id']}: {each}" for each in used if each not in known)


async def test_a_copy_of_the_feed_joins_without_orphans(district: District) -> None:
    api = InHouse(district)
    try:
        async with at_work(district):
            found, _ = await prepare(api, PlainSteps(Console(file=io.StringIO())))
            shorten(found)
            await play_year(api, found, PlainSteps(Console(file=io.StringIO())))
            version = await api.get(f"/v1/framework-versions/{found.version}")
            await api.post(f"/v1/framework-versions/{found.version}/retire", version=version["version"])
        rows, events = await copied(api)
        await with_scores(api, rows)
        scored = sum(len(row["content"]["scores"]) for row in rows["observations"].values())
        assert (rows["framework_versions"][str(found.version)]["state"], scored > 50) == ("retired", True)
        assert list(orphans(rows)) == []
        assert list(unscored(rows)) == []
        counted = await api.get("/v1/observations", count=True, limit=1)
        assert counted["total"] == len(rows["observations"]), "counts and rows agree"
        assert len({event["id"] for event in events}) == len(events)
    finally:
        await api.close()

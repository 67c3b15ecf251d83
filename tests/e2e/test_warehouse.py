"""A warehouse that copies the feed and fetches what it names has no orphans: every id in every row leads to a row.

What is hidden elsewhere must not be missing here: a retired framework version, an archived goal, a person who left.
"""

import asyncio
import io
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from demo.api import Api
from demo.progress import PlainSteps
from demo.setting import Setting, prepare
from demo.year import play_year
from shared.testing.stack import District
from tests.e2e.joins import NOT_JOINED, NOT_READ, REFERENCES, SET_UP

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
    known: dict[str, Collection[str]] = dict(rows) | {"look_fors": set(), "indicators": set()}
    for version in rows["framework_versions"].values():
        known["look_fors"] |= look_fors_of(version)
        known["indicators"] |= indicators_of(version)
    known["patterns"] = {one["id"] for walk in rows["learning_walks"].values() for one in walk["patterns"]}
    for entity, kept in rows.items():
        for row in kept.values():
            for member, told in REFERENCES.get(entity, {}).items():
                target = row[told].replace("activity", "activitie") + "s" if told.endswith("_kind") else told
                value = row.get(member)
                for each in value if isinstance(value, list) else [value]:
                    if each is not None and each not in known.get(target, ()):
                        yield f"{entity}.{member} -> {target} {each}"


def indicators_of(version: dict[str, Any]) -> set[str]:
    return {
        indicator["id"]
        for domain in version["domains"]
        for component in domain["components"]
        for indicator in component["indicators"]
    }


def look_fors_of(version: dict[str, Any]) -> set[str]:
    return {look_for["id"] for look_for in version["look_fors"]}


def unscored(rows: Rows) -> Iterator[str]:
    """Name every score and mark whose indicator or look-for is not in its framework version."""
    for row in rows["observations"].values():
        version = rows["framework_versions"][row["framework_version_id"]]
        known = indicators_of(version) | look_fors_of(version)
        content = row["content"]
        used = [s["indicator_id"] for s in content["scores"]] + [m["look_for_id"] for m in content["look_fors"]]
        yield from (f"observation {row['id']}: {each}" for each in used if each not in known)


async def leave(api: Api, found: Setting) -> None:
    """Put the district's goal away, and let a teacher go who was observed: both stay where they are referred to."""
    goal = await api.get(f"/v1/goals/{found.goal}")
    await api.post(f"/v1/goals/{found.goal}/archive", version=goal["version"])
    teacher = await api.get(f"/v1/people/{found.schools[0].visits[0].teacher}")
    await api.post(f"/v1/people/{teacher['id']}/archive", version=teacher["version"])


JOINED = {
    "orgs", "terms", "courses", "classes", "people", "relationships", "frameworks", "framework_versions",
    "observations", "learning_walks", "evidence_links", "visions", "goals", "work_plans", "plan_actions",
    "pl_activities", "pl_sessions", "credits", "cycle_models", "coaching_cycles",
}  # fmt: skip
DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"


def test_every_id_that_a_row_has_is_joined_or_says_why_not() -> None:
    """Another member of the API that leads somewhere is another join of a warehouse."""
    document = json.loads(DOCUMENT.read_text())
    unknown = []
    for path, operations in document["paths"].items():
        parts = path.split("/")
        entity = parts[2].replace("-", "_") if len(parts) == 4 and parts[3].startswith("{") else ""
        if entity and entity not in SET_UP and "get" in operations:
            content = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            ids = {member for schema in _named(document, content) for member in _ids(schema)}
            unknown += [(entity, member) for member in sorted(ids - set(REFERENCES.get(entity, ()))) if member != "id"]
    assert set(unknown) == set(NOT_JOINED)


def _named(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in schema.get("anyOf", [schema]):
        if name := one.get("$ref", "").rpartition("/")[2]:
            yield document["components"]["schemas"][name]


def _ids(schema: dict[str, Any]) -> Iterator[str]:
    yield from (name for name, member in schema.get("properties", {}).items() if _is_id(member))


def _is_id(member: dict[str, Any]) -> bool:
    inner = [*member.get("anyOf", ()), *([member["items"]] if "items" in member else [])]
    return member.get("format") == "uuid" or any(map(_is_id, inner))


async def test_a_copy_of_the_feed_joins_without_orphans(district: District) -> None:
    api = InHouse(district)
    try:
        async with at_work(district):
            found, _ = await prepare(api, PlainSteps(Console(file=io.StringIO())))
            shorten(found)
            await play_year(api, found, PlainSteps(Console(file=io.StringIO())))
            version = await api.get(f"/v1/framework-versions/{found.version}")
            await api.post(f"/v1/framework-versions/{found.version}/retire", version=version["version"])
            await leave(api, found)
        rows, events = await copied(api)
        await with_scores(api, rows)
        rows["credits"] = {row["id"]: row for row in await api.all("/v1/credits")}
        scored = sum(len(row["content"]["scores"]) for row in rows["observations"].values())
        assert (rows["framework_versions"][str(found.version)]["state"], scored > 50) == ("retired", True)
        assert [goal["archived_at"] for goal in rows["goals"].values()].count(None) < len(rows["goals"])
        assert [person["archived_at"] for person in rows["people"].values()].count(None) < len(rows["people"])
        assert {entity for entity, kept in rows.items() if kept} >= JOINED, "the year has one of each"
        assert list(orphans(rows)) == []
        assert list(unscored(rows)) == []
        counted = await api.get("/v1/observations", count=True, limit=1)
        assert counted["total"] == len(rows["observations"]), "counts and rows agree"
        assert len({event["id"] for event in events}) == len(events)
    finally:
        await api.close()

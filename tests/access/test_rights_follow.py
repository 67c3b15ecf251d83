"""What changes somebody's rights reaches every service within seconds: real workers, a real Redis, all asked over HTTP.

A change of the roster or of a relationship travels. Teams and cycles are rows of the one service that goes by them, so
those hold with the very next request. And the end of a role needs nothing to travel at all.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

import pytest

import shared.clock
from shared.clock import new_id
from shared.jobs.worker import work
from shared.settings import SERVICE_NAMES
from shared.testing.stack import District, Stack
from tests.districts.setting import Setting, put, small_setting

WITHIN = 5.0


@asynccontextmanager
async def working(stack: Stack) -> AsyncIterator[None]:
    """Be the worker process of all four services."""
    stop = asyncio.Event()
    task = asyncio.create_task(work([(stack.runtimes[name], stack.work[name]) for name in SERVICE_NAMES], stop))
    await asyncio.sleep(0.5)
    try:
        yield
    finally:
        stop.set()
        await task


async def furnish(district: District) -> tuple[Setting, dict[str, str]]:
    """Give what only a leader of the school sees in each service, by its path."""
    setting = await small_setting(district)
    at = "2026-01-05T15:00:00Z"
    visit = {
        "purpose": "coaching", "type": "informal", "state": "submitted", "teacher_id": setting.teacher,
        "school_id": setting.north, "script": [{"id": str(new_id()), "at": at, "text": "x", "codes": []}],
    }  # fmt: skip
    goal = {"level": "school", "org_id": setting.north, "domain": "instruction", "title": "Read"}
    goal_id, assignment, observation = (str(new_id()) for _ in range(3))
    async with district.client() as http:
        await put(http, f"/v1/goals/{goal_id}", goal)
        staffed = {"person_id": setting.teacher, "org_id": setting.north, "position": "teacher"}
        await put(http, f"/v1/staff-assignments/{assignment}", staffed | {"begin_date": "2026-01-01"})
    async with district.client(UUID(setting.principal)) as http:
        await put(http, f"/v1/observations/{observation}", visit)
    await district.stack.settle()
    return setting, {
        "districts": f"/v1/staff-assignments/{assignment}",
        "observations": f"/v1/observations/{observation}",
        "coaching": f"/v1/goals/{goal_id}",
        "analytics": f"/v1/throughlines/{goal_id}",
    }


async def reached(district: District, person: str, paths: dict[str, str], status: int) -> dict[str, float]:
    """Ask until each service answers so; give how long it took."""
    began = perf_counter()

    async def one(path: str) -> float:
        async with district.client(UUID(person)) as http, asyncio.timeout(60):
            while (await http.get(path)).status_code != status:  # noqa: ASYNC110 - the answer is on the other side
                await asyncio.sleep(0.05)
        return perf_counter() - began

    return dict(zip(paths, await asyncio.gather(*(one(path) for path in paths.values())), strict=True))


async def now_answered(district: District, person: str, paths: dict[str, str]) -> dict[str, int]:
    async with district.client(UUID(person)) as http:
        return {service: (await http.get(path)).status_code for service, path in paths.items()}


async def test_in_every_service_within_five_seconds(district: District) -> None:
    setting, paths = await furnish(district)
    assert set((await reached(district, setting.stranger, paths, 404)).keys()) == set(SERVICE_NAMES)
    async with working(district.stack), district.client() as http:
        address = f"/v1/relationships/{new_id()}"
        await put(http, address, {"person_id": setting.stranger, "kind": "leads", "org_id": setting.north})
        granted = await reached(district, setting.stranger, paths, 200)
        assert (await http.post(f"{address}/archive", headers={"If-Match": "*"})).status_code == 200
        withdrawn = await reached(district, setting.stranger, paths, 404)
    assert max(*granted.values(), *withdrawn.values()) < WITHIN, (granted, withdrawn)


async def test_a_role_of_the_roster_too(district: District) -> None:
    setting, paths = await furnish(district)
    address = f"/v1/people/{setting.stranger}"
    teaching = {"role": "teacher", "org_id": setting.south}
    async with working(district.stack), district.client() as http:

        async def change(*roles: dict[str, str]) -> None:
            answer = await http.patch(address, json={"roles": list(roles)}, headers={"If-Match": "*"})
            assert answer.status_code == 200, answer.text

        await change(teaching, {"role": "principal", "org_id": setting.north})
        granted = await reached(district, setting.stranger, paths, 200)
        await change(teaching)
        withdrawn = await reached(district, setting.stranger, paths, 404)
    assert max(*granted.values(), *withdrawn.values()) < WITHIN, (granted, withdrawn)


async def test_an_ended_role_ends_everywhere_on_its_date_without_any_event(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting, paths = await furnish(district)
    today = datetime.now(UTC).date().isoformat()
    leads = {"person_id": setting.stranger, "kind": "leads", "org_id": setting.north, "end_date": today}
    async with district.client() as http:
        await put(http, f"/v1/relationships/{new_id()}", leads)
    await district.stack.settle()
    assert await now_answered(district, setting.stranger, paths) == dict.fromkeys(paths, 200)

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(days=1)

    monkeypatch.setattr(shared.clock, "datetime", Tomorrow)
    assert await now_answered(district, setting.stranger, paths) == dict.fromkeys(paths, 404)


async def test_who_is_matched_to_a_cycle_reads_it_at_once_and_who_was_no_more(district: District) -> None:
    setting = await small_setting(district)
    model, cycle = (str(new_id()) for _ in range(2))
    asked = {"model_id": model, "coachee_id": setting.teacher, "org_id": setting.north, "focus": "wait time"}
    seen = {}
    async with district.client() as http:
        await put(
            http, f"/v1/cycle-models/{model}", {"name": "Impact", "phases": [{"key": "a", "name": "A", "next": []}]}
        )
    async with district.client(UUID(setting.teacher)) as http:
        await put(http, f"/v1/coaching-cycles/{cycle}", asked)
    for coach in (setting.stranger, setting.principal):
        async with district.client(UUID(setting.principal)) as http:
            matched = await http.post(
                f"/v1/coaching-cycles/{cycle}/match", json={"coach_id": coach}, headers={"If-Match": "*"}
            )
            assert matched.status_code == 200, matched.text
        async with district.client(UUID(setting.stranger)) as http:
            seen[coach] = (await http.get(f"/v1/coaching-cycles/{cycle}")).status_code
    assert seen == {setting.stranger: 200, setting.principal: 404}

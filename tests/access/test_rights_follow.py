"""A changed relationship reaches every service within seconds: real workers, a real Redis, and all asked over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from uuid import UUID

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

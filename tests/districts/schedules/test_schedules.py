"""Schedules over HTTP; the clock stands for itself in each look, and a test gives the looks."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services.districts.jobs import WORK
from services.districts.schedules import running
from services.districts.schedules.running import due, queue_run
from shared.clock import new_id, now
from shared.testing.stack import District, token_of
from tests.districts.fake_sis import FakeSis, serving, small_district
from tests.districts.roster_sources.asking import add, profile
from tests.districts.rosters import read_all

Json = dict[str, Any]
NIGHTLY = "30 2 * * *"
WEEKLY_AUDIT: Json = {"kind": "audit_verification", "service": "coaching"}


async def put(http: httpx.AsyncClient, task: Json, status: int = 201, **more: Any) -> Json:
    body = {"name": "Nightly", "task": task, "cron": NIGHTLY} | more
    answer = await http.put(f"/v1/schedules/{new_id()}", json=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def read(http: httpx.AsyncClient, schedule: Json) -> Json:
    return dict((await http.get(f"/v1/schedules/{schedule['id']}")).json())


async def look(district: District, at: datetime | None = None) -> None:
    """Look as a worker does, for this district."""
    runtime = district.stack.runtimes["districts"]
    for one in await due(runtime, at):
        if one.district_id == district.id:
            await queue_run(runtime, one, at)


async def at_night(district: District, nights: int = 1) -> None:
    """Look some nights later; what is queued is done."""
    await look(district, now() + timedelta(days=nights))
    await district.stack.settle()


def when(text: str | None) -> datetime:
    assert text is not None
    return datetime.fromisoformat(text)


async def test_a_source_is_asked_by_the_clock(district: District) -> None:
    async with serving(FakeSis(small_district())) as sis, district.client() as http:
        source = await add(district, profile(sis))
        made = await put(http, {"kind": "roster_pull", "source_id": source["id"], "mode": "full"})
        assert now() < when(made["next_run_at"]) <= now() + timedelta(days=1, hours=1)
        await look(district)
        await district.stack.settle()
        assert await read_all(district, "/v1/roster-pulls") == [], "it is not night yet"
        await at_night(district)
        (pulled,) = await read_all(district, "/v1/roster-pulls")
        told = await read(http, made)
        run = (await http.get(told["job"])).json()
    assert (pulled["state"], pulled["mode"]) == ("imported", "full")
    assert (told["made"], told["problem"], told["version"]) == (f"/v1/roster-pulls/{pulled['id']}", None, 1)
    assert told["last_due_at"] == made["next_run_at"]
    assert when(told["next_run_at"]) - when(made["next_run_at"]) >= timedelta(hours=23)
    assert (run["name"], run["state"], run["result"]["made"]) == ("schedules.run", "succeeded", told["made"])


@pytest.mark.parametrize(
    ("task", "where"),
    [
        ({"kind": "roster_export"}, "/v1/roster-exports/"),
        ({"kind": "retention"}, "/v1/erasures/"),
        ({"kind": "audit_verification", "service": "districts"}, "/v1/jobs/districts/"),
        ({"kind": "audit_verification", "service": "analytics"}, "/v1/jobs/analytics/"),
    ],
)
async def test_what_can_be_scheduled(district: District, task: Json, where: str) -> None:
    async with district.client() as http:
        await http.put("/v1/settings/retention", json={"years": {"leaves": 1}})
        made = await put(http, task)
        await at_night(district)
        told = await read(http, made)
        assert told["made"].startswith(where), told
        done = (await http.get(told["made"])).json()
    assert done["state"] in {"ready", "planned", "succeeded"}


async def test_runs_that_were_missed_are_made_up_for_once(district: District) -> None:
    async with district.client() as http:
        made = await put(http, {"kind": "roster_export"})
        await at_night(district, nights=10)
        await at_night(district, nights=10)
        told = await read(http, made)
    assert len(await read_all(district, "/v1/roster-exports")) == 1
    assert told["last_due_at"] == made["next_run_at"]
    assert when(told["next_run_at"]) > now() + timedelta(days=9)


async def test_of_several_workers_one_runs_it(district: District) -> None:
    async with district.client() as http:
        await put(http, {"kind": "roster_export"})
        await asyncio.gather(*(look(district, now() + timedelta(days=1)) for _ in range(4)))
        jobs = (await http.get("/v1/jobs/districts")).json()["data"]
        assert [job["name"] for job in jobs] == ["schedules.run"]
        await district.stack.settle()
    assert len(await read_all(district, "/v1/roster-exports")) == 1


async def test_the_worker_looks_by_itself(district: District) -> None:
    runtime = district.stack.runtimes["districts"]
    async with district.client() as http:
        made = await put(http, {"kind": "roster_export"})
        async with runtime.database.transaction(district.id) as connection:
            await connection.execute(
                "update districts.schedules set next_run_at = now() - interval '3 days' where district_id = $1",
                district.id,
            )
        looking = asyncio.create_task(WORK.loops["schedules"](runtime))
        try:
            async with asyncio.timeout(20):
                while (await read(http, made))["job"] is None:  # noqa: ASYNC110 - it lies in the database
                    await asyncio.sleep(0.05)
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        assert when((await read(http, made))["next_run_at"]) > now(), (
            "three nights were missed, one run makes up for them"
        )


async def turns_over(http: httpx.AsyncClient, bad: Json, good: Json) -> bool:
    return (await read(http, good))["job"] is not None and when((await read(http, bad))["next_run_at"]) > now()


async def test_one_that_cannot_be_planned_is_put_off_and_the_others_have_their_turn(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = district.stack.runtimes["districts"]
    async with district.client() as http:
        bad, good = [await put(http, {"kind": "roster_export"}) for _ in range(2)]
        async with runtime.database.transaction(district.id) as connection:
            await connection.execute(
                """update districts.schedules set next_run_at = now() - interval '1 day',
                          time_zone = case when id = $2 then 'Gone/Since' end where district_id = $1""",
                district.id, bad["id"],
            )  # fmt: skip
        monkeypatch.setattr(running, "LOOK_EVERY", 0.05)
        looking = asyncio.create_task(running.run_loop(runtime))
        try:
            async with asyncio.timeout(20):
                while not await turns_over(http, bad, good):  # noqa: ASYNC110 - it lies in the database
                    await asyncio.sleep(0.05)
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        assert (await read(http, bad))["job"] is None


async def test_it_goes_by_the_districts_zone_unless_it_has_its_own(district: District) -> None:
    async with district.client() as http:
        plain = await put(http, WEEKLY_AUDIT)
        own = await put(http, WEEKLY_AUDIT, time_zone="Asia/Kathmandu")
        assert when(plain["next_run_at"]).hour == 2, "UTC, where nothing says more"
        settings = (await http.get("/v1/settings")).headers["ETag"]
        answer = await http.patch("/v1/settings", json={"time_zone": "Asia/Tokyo"}, headers={"If-Match": settings})
        assert answer.status_code == 200, answer.text
        assert when((await read(http, plain))["next_run_at"]).hour == 17
        assert (await read(http, own))["next_run_at"] == own["next_run_at"]
    assert (when(own["next_run_at"]).hour, when(own["next_run_at"]).minute) == (20, 45)


async def test_whoever_makes_it_may_do_it_by_hand_and_still_may_when_it_runs(district: District) -> None:
    async with district.client() as http:
        scopes = ["schedules.write", "schedules.read", "audit.read"]
        client = (await http.post("/v1/clients", json={"name": "nightly", "scopes": scopes})).json()
        token = await token_of(district.stack, client["client_id"], client["client_secret"])
        async with district.client(token=token) as theirs:
            refused = await theirs.put(
                f"/v1/schedules/{new_id()}", json={"name": "x", "task": {"kind": "retention"}, "cron": NIGHTLY}
            )
            assert (refused.status_code, refused.json()["scopes"]) == (403, ["personal_data.erase"])
            made = await put(theirs, WEEKLY_AUDIT)
        etag = (await http.get(f"/v1/clients/{client['id']}")).headers["ETag"]
        gone = await http.post(f"/v1/clients/{client['id']}/revoke", headers={"If-Match": etag})
        assert gone.status_code == 200, gone.text
        await at_night(district)
        told = await read(http, made)
        assert told["problem"]["type"] == "urn:throughline:problem:schedule-lost-its-rights"
        assert (told["made"], when(told["next_run_at"]) > now()) == (None, True)
        body = {name: told[name] for name in ("name", "task", "cron", "enabled", "time_zone")}
        again = await http.put(f"/v1/schedules/{made['id']}", json=body, headers={"If-Match": '"1"'})
        assert (again.status_code, again.json()["client_id"]) == (200, district.client_id)
        await at_night(district)
        assert ((await read(http, made))["problem"], (await read(http, made))["made"] is None) == (None, False)


async def test_switched_off_or_put_away_it_does_not_run_and_by_hand_it_runs_at_once(district: District) -> None:
    async with serving(FakeSis(small_district())) as sis, district.client() as http:
        source = await add(district, profile(sis))
        pulls = await put(http, {"kind": "roster_pull", "source_id": source["id"]})
        off = await put(http, {"kind": "roster_export"}, enabled=False)
        assert off["next_run_at"] is None
        archived = await http.post(f"/v1/roster-sources/{source['id']}/archive", headers={"If-Match": "*"})
        assert archived.status_code == 200
        assert (await read(http, pulls))["archived_at"] is not None, "with its source"
        assert (await http.post(f"/v1/schedules/{pulls['id']}/run")).status_code == 409
        await put(http, {"kind": "roster_pull", "source_id": source["id"]}, status=422)
        await at_night(district)
        assert await read_all(district, "/v1/roster-exports") == []
        ran = await http.post(f"/v1/schedules/{off['id']}/run")
        assert (ran.status_code, ran.headers["Location"]) == (202, ran.json()["job"])
        await district.stack.settle()
        assert len(await read_all(district, "/v1/roster-exports")) == 1


async def test_a_run_that_was_cancelled_does_not_end_the_schedule(district: District) -> None:
    async with district.client() as http:
        made = await put(http, {"kind": "roster_export"})
        await look(district, now() + timedelta(days=1))
        job = (await read(http, made))["job"]
        assert (await http.post(f"{job}/cancel", headers={"If-Match": "*"})).json()["state"] == "cancelled"
        await at_night(district, nights=3)
        assert (await read(http, made))["made"] is not None
    assert len(await read_all(district, "/v1/roster-exports")) == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"cron": "every night"}, "#/cron"),
        ({"cron": "0 0 31 2 *"}, "#/cron"),
        ({"time_zone": "Mars/Olympus"}, "#/time_zone"),
        ({"task": {"kind": "buses"}}, "#/task"),
        ({"task": {"kind": "roster_pull", "source_id": "018f0000-0000-7000-8000-000000000001"}}, "#/task/source_id"),
    ],
)
async def test_what_makes_no_sense_is_refused(district: District, change: Json, pointer: str) -> None:
    async with district.client() as http:
        body = {"name": "Nightly", "task": WEEKLY_AUDIT, "cron": NIGHTLY} | change
        answer = await http.put(f"/v1/schedules/{new_id()}", json=body)
    assert answer.status_code == 422, answer.text
    assert any(error["pointer"].startswith(pointer) for error in answer.json()["errors"]), answer.text


async def test_nobody_else_sees_it(district: District, other_district: District) -> None:
    async with district.client() as http, other_district.client() as other:
        made = await put(http, WEEKLY_AUDIT)
        assert (await other.get(f"/v1/schedules/{made['id']}")).status_code == 404
        assert (await other.get("/v1/schedules")).json()["data"] == []

"""What a job works for says what became of it, also when the job's own function never got to say so."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.districts.jobs import WORK
from shared.clock import now
from shared.jobs.leases import LEASE, take
from shared.jobs.running import ATTEMPTS, run_job
from shared.testing.stack import District
from tests.districts.fake_sis import FakeSis, serving, small_district
from tests.districts.roster_sources.asking import add, profile
from tests.districts.rosters import zipped

Json = dict[str, Any]


async def ask(http: httpx.AsyncClient, what: str) -> Json:
    """Ask for something that is a job; give the resource."""
    if what == "export":
        answer = await http.post("/v1/roster-exports", json={})
    elif what == "import":
        sent = {"content": zipped(), "headers": {"Content-Type": "application/zip"}}
        answer = await http.post("/v1/roster-imports", **sent)
    else:
        answer = await http.post("/v1/erasures", json={"subject": "retention", "reason": "retention"})
    assert answer.status_code == 202, answer.text
    return dict(answer.json()) | {"self": answer.headers["Location"]}


async def act(http: httpx.AsyncClient, job: str, verb: str) -> Json:
    answer = await http.post(f"{job}/{verb}", headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def read(http: httpx.AsyncClient, path: str) -> Json:
    answer = await http.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def die(district: District, job: str) -> None:
    """Be as many workers as may die of it, long ago, and then one that looks."""
    runtime, job_id = district.stack.runtimes["districts"], UUID(job.rpartition("/")[2])
    for number in range(ATTEMPTS):
        moment = now() - (20 - number) * (LEASE + timedelta(seconds=1))
        assert await take(runtime.database, district.id, job_id, moment)
    await run_job(runtime, WORK.jobs, district.id, job_id, tells=WORK.tells)


ROWS = [
    ("export", "queued", "cancelled", "ready"),
    ("import", "received", "cancelled", "applied"),
    ("erasure", "planning", "failed", "planned"),
]


@pytest.mark.parametrize(("what", "waits", "stopped", "done"), ROWS)
async def test_what_is_cancelled_before_it_began_is_so_at_once_and_is_done_when_retried(
    district: District, what: str, waits: str, stopped: str, done: str
) -> None:
    async with district.client() as http:
        await http.put("/v1/settings/retention", json={"years": {"leaves": 1}})
        row = await ask(http, what)
        assert row["state"] == waits
        assert (await act(http, row["job"], "cancel"))["state"] == "cancelled"
        assert (await read(http, row["self"]))["state"] == stopped
        assert (await act(http, row["job"], "retry"))["state"] == "queued"
        assert (await read(http, row["self"]))["state"] == waits
        await district.stack.settle()
        assert ((await read(http, row["self"]))["state"], (await read(http, row["job"]))["state"]) == (
            done, "succeeded",
        )  # fmt: skip


@pytest.mark.parametrize(("what", "waits", "stopped", "done"), ROWS)
async def test_what_kills_its_workers_is_given_up_and_both_say_why(
    district: District, what: str, waits: str, stopped: str, done: str
) -> None:
    async with district.client() as http:
        await http.put("/v1/settings/retention", json={"years": {"leaves": 1}})
        row = await ask(http, what)
        await die(district, row["job"])
        job, told = await read(http, row["job"]), await read(http, row["self"])
        assert (job["state"], told["state"]) == ("failed", "failed")
        assert job["problem"]["type"] == told["problem"]["type"] == "urn:throughline:problem:job-given-up"
        assert job["possible"] == ["retry"]
        assert datetime.fromisoformat(job["expires_at"]) - datetime.fromisoformat(job["finished_at"]) == timedelta(
            days=90
        )
        await act(http, row["job"], "retry")
        await district.stack.settle()
        assert (await read(http, row["self"]))["state"] == done


async def test_the_same_asked_for_twice_is_one_job(district: District) -> None:
    async with serving(FakeSis(small_district())) as sis, district.client() as http:
        source = f"/v1/roster-sources/{(await add(district, profile(sis)))['id']}"
        first, second = [await http.post(f"{source}/pull", json={"mode": mode}) for mode in ("full", "incremental")]
        assert [first.status_code, second.status_code] == [202, 202]
        assert first.headers["Location"] == second.headers["Location"]
        assert await ask(http, "export") == await ask(http, "export")
        other = await http.post("/v1/roster-exports", json={"oneroster_version": "1.1"})
        verified = [(await http.post("/v1/audit-events/districts/verify", json={})).json()["id"] for _ in range(2)]
        assert verified[0] == verified[1]
        jobs = (await read(http, "/v1/jobs/districts"))["data"]
        assert len(jobs) == 4
        assert other.json()["job"].rpartition("/")[2] in {job["id"] for job in jobs}
        await district.stack.settle()
        again = await http.post(f"{source}/pull", json={"mode": "incremental"})
        assert again.headers["Location"] != first.headers["Location"], "the first has ended"
        refused = await http.post(f"{source}/pull", json={"mode": "full"})
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:throughline:problem:roster-pull-under-way")

"""A large file is a job: it tells how far it is, can be cancelled, may run twice, and ends as a small one does."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.districts.tables_in import TABLES
from services.districts.tabular.importing import Import, put_rows
from services.districts.tabular.jobs import FORGET_JOB, KEPT
from services.districts.tabular.reading import read
from shared.access.principals import Principal
from shared.jobs.running import run_job
from shared.testing.stack import District
from tests.districts.rosters import read_all
from tests.districts.setting import Setting, small_setting
from tests.districts.tabular.asking import CSV, counts, take_in

ASYNC = CSV | {"Prefer": "return=minimal, Respond-Async; wait=5"}
HEADER = "external_key,person_id,org_id,position,fte,begin_date"
NOUN = "staff-assignments"


def file_of(s: Setting, rows: int, *, bad: int = 0) -> str:
    lines = [f"k{n},{s.teacher},{s.north},ext:p{n},0.001,2026-08-01" for n in range(rows)]
    lines += [f"b{n},{s.teacher},{s.north},ext:q{n},much,2026-08-01" for n in range(bad)]
    return "\n".join([HEADER, *lines])


async def ask(district: District, content: str, noun: str = NOUN, **headers: str) -> dict[str, Any]:
    async with district.client() as http:
        answer = await http.post(f"/v1/{noun}/import", content=content, headers=CSV | headers)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"/v1/jobs/districts/{job['id']}"
    assert (job["state"], job["possible"], answer.headers["ETag"]) == ("queued", ["cancel"], '"1"')
    return job


async def job_of(district: District, job: dict[str, Any]) -> dict[str, Any]:
    async with district.client() as http:
        found: dict[str, Any] = (await http.get(f"/v1/jobs/districts/{job['id']}")).json()
    return found


async def test_a_large_file_is_a_job_that_ends_with_the_report(district: District) -> None:
    content = file_of(await small_setting(district), 1000, bad=2)
    job = await ask(district, content)
    assert await read_all(district, f"/v1/{NOUN}") == []
    await district.stack.settle()
    done = await job_of(district, job)
    assert (done["state"], done["done"], done["total"]) == ("succeeded", 1002, 1002)
    assert counts(done["result"]) == (1000, 0, 0, 2)
    assert [(e["line"], e["column"]) for e in done["result"]["errors"]] == [(1002, "fte"), (1003, "fte")]
    assert len(await read_all(district, f"/v1/{NOUN}")) == 1000
    assert counts(await take_in(district, NOUN, content)) == (0, 0, 1000, 2)


async def test_of_a_thousand_rows_the_answer_is_waited_for_unless_asked_otherwise(district: District) -> None:
    content = file_of(await small_setting(district), 3)
    job = await ask(district, content, Prefer=ASYNC["Prefer"])
    await district.stack.settle()
    assert counts((await job_of(district, job))["result"]) == (3, 0, 0, 0)
    async with district.client() as http:
        waited = await http.post(f"/v1/{NOUN}/import", content=content, headers=CSV | {"Prefer": "wait=5"})
    assert (waited.status_code, counts(waited.json())) == (200, (0, 0, 3, 0))


@pytest.mark.parametrize("noun", TABLES)
async def test_every_noun_that_goes_in_does_so_by_a_job_too(district: District, noun: str) -> None:
    async with district.client() as http:
        header = (await http.get(f"/v1/{noun}/export")).text
    job = await ask(district, header, noun, Prefer="respond-async")
    await district.stack.settle()
    done = await job_of(district, job)
    assert (done["state"], counts(done["result"])) == ("succeeded", (0, 0, 0, 0))


async def test_a_header_that_does_not_fit_is_refused_at_once(district: District) -> None:
    async with district.client() as http:
        answer = await http.post(f"/v1/{NOUN}/import", content="person_id,what\n", headers=ASYNC)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_column")
        assert (await http.get("/v1/jobs/districts")).json()["data"] == []


async def test_a_job_is_cancelled_and_asked_for_again(district: District) -> None:
    job = await ask(district, file_of(await small_setting(district), 1001))
    async with district.client() as http:
        address = f"/v1/jobs/districts/{job['id']}"
        assert (await http.post(f"{address}/cancel", headers={"If-Match": '"1"'})).json()["state"] == "cancelled"
        await district.stack.settle()
        assert await read_all(district, f"/v1/{NOUN}") == []
        assert (await http.post(f"{address}/retry", headers={"If-Match": "*"})).status_code == 200
    await district.stack.settle()
    assert counts((await job_of(district, job))["result"]) == (1001, 0, 0, 0)


@pytest.mark.parametrize(("by_whom", "told"), [("the job itself", (1200, 0, 0, 0)), ("another", (500, 0, 700, 0))])
async def test_a_job_that_broke_off_tells_of_all_that_it_put(district: District, by_whom, told) -> None:
    """As after a kill: some sets of rows are in, the job is not over. What somebody else put is unchanged."""
    content = file_of(await small_setting(district), 1200)
    job = await ask(district, content)
    database = district.stack.runtimes["districts"].database
    who = Principal(district.id, district.client_id)
    lines = read(content.encode(), TABLES[NOUN].columns)[:700]
    job_id = UUID(job["id"]) if by_whom == "the job itself" else None
    async with database.unit(district.id, who) as unit:
        its = Import(TABLES[NOUN], lambda: database.unit(district.id, who), job_id)
        await put_rows(unit, its, lines)
    await district.stack.settle()
    assert counts((await job_of(district, job))["result"]) == told
    async with database.transaction(district.id) as connection:
        events = await connection.fetchval(
            "select count(*) from districts.outbox where district_id = $1 and type = 'staff_assignment.changed'",
            district.id,
        )
        left = await connection.fetchval("select count(*) from districts.table_import_lines")
    assert (events, left) == (1200, 0)


async def test_jobs_of_the_same_noun_wait_for_each_other(district: District) -> None:
    content = file_of(await small_setting(district), 50)
    jobs = [await ask(district, content + end, Prefer="respond-async") for end in ("", "\n")]
    assert (await ask(district, content, Prefer="respond-async"))["id"] == jobs[0]["id"], (
        "the same file is the same job"
    )
    runtime, functions = district.stack.runtimes["districts"], district.stack.work["districts"].jobs
    await asyncio.gather(*(run_job(runtime, functions, district.id, UUID(job["id"])) for job in jobs))
    results = [(await job_of(district, job))["result"] for job in jobs]
    assert sorted(map(counts, results)) == [(0, 0, 50, 0), (50, 0, 0, 0)]


async def test_the_upload_is_forgotten_after_its_days(district: District) -> None:
    await ask(district, file_of(await small_setting(district), 2), Prefer="respond-async")
    await district.stack.settle()
    runtime = district.stack.runtimes["districts"]
    async with runtime.database.transaction(district.id) as connection:
        await connection.execute(
            """update districts.jobs set created_at = created_at - $2::interval, lease_until = null
               where district_id = $1""",
            district.id, KEPT + timedelta(hours=1),
        )  # fmt: skip
        forget, digest = await connection.fetchrow(
            "select id, args ->> 'sha256' from districts.jobs where district_id = $1 and name = $2",
            district.id, FORGET_JOB,
        )  # fmt: skip
    assert await runtime.blobs.exists(district.id, digest)
    await run_job(runtime, district.stack.work["districts"].jobs, district.id, forget)
    assert not await runtime.blobs.exists(district.id, digest)

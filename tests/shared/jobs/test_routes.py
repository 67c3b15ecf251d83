"""Jobs over HTTP, as an integrator meets them; the stream through a real server and a real socket."""

import asyncio
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime, timedelta

import httpx
import orjson
import pytest
import uvicorn

from shared.access import ended_tokens
from shared.access.principals import ActingPerson, Principal
from shared.clock import new_id, now
from shared.jobs import stream
from shared.jobs.running import JobCancelled, run_job
from shared.jobs.starting import start_job
from shared.jobs.worker import FORGETTING_JOBS
from shared.testing.stack import token_of

JOBS = "/v1/jobs/districts"


@pytest.fixture
async def http(district):
    async with district.client() as client:
        yield client


@pytest.fixture
def runtime(stack):
    return stack.runtimes["districts"]


@pytest.fixture
async def jobs(district, runtime):
    """Starts jobs, and sees to it that none is left waiting, which other tests would find."""
    started = []

    async def start(person=None):
        who = Principal(district.id, "tests", person=ActingPerson(person) if person else None)
        async with runtime.database.unit(district.id, who, hot=True) as unit:
            job = await start_job(unit, runtime.queue, "tests.count", {"to": 3})
        started.append(job)
        return job

    async def give_up(context):
        raise JobCancelled

    yield start
    for job in started:
        await run(runtime, job, give_up)


async def run(runtime, job, function):
    await run_job(runtime, {"tests.count": function}, job.district_id, job.id)


async def fail(context):
    raise ValueError("of no concern to the caller")


async def count(context):
    await context.progress(3, 3)
    return {"counted": 3}


async def test_a_job_can_be_read(http, jobs, runtime):
    job = await jobs()
    answer = await http.get(f"{JOBS}/{job.id}")
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    assert answer.json() == {
        "id": str(job.id),
        "name": "tests.count",
        "state": "queued",
        "done": 0,
        "total": None,
        "message": None,
        "attempts": 0,
        "cancel_requested": False,
        "possible": ["cancel"],
        "created_at": job.created_at.isoformat().replace("+00:00", "Z"),
        "started_at": None,
        "finished_at": None,
        "expires_at": None,
        "problem": None,
        "result": None,
        "person_id": None,
        "version": 1,
    }
    await run(runtime, job, count)
    told = (await http.get(f"{JOBS}/{job.id}")).json()
    assert (told["state"], told["done"], told["result"], told["possible"]) == ("succeeded", 3, {"counted": 3}, [])


async def test_it_is_kept_for_as_long_as_it_says(http, jobs, runtime):
    job, other = await jobs(), await jobs()
    for one in (job, other):
        await run(runtime, one, count)
    told = (await http.get(f"{JOBS}/{job.id}")).json()
    ended, expires = (datetime.fromisoformat(told[name]) for name in ("finished_at", "expires_at"))
    assert expires - ended == timedelta(days=runtime.settings.job_days)
    async with runtime.database.transaction(job.district_id) as connection:
        await connection.execute(
            "update districts.jobs set finished_at = $3 where district_id = $1 and id = $2",
            job.district_id, job.id, now() - (expires - ended) - timedelta(seconds=1),
        )  # fmt: skip
    assert FORGETTING_JOBS.due_after(ended) - ended <= timedelta(hours=1)
    await FORGETTING_JOBS.run(runtime)
    assert [(await http.get(f"{JOBS}/{one.id}")).status_code for one in (job, other)] == [404, 200]


async def test_what_went_wrong_is_told_as_a_problem(http, jobs, runtime):
    job = await jobs()
    await run(runtime, job, fail)
    told = (await http.get(f"{JOBS}/{job.id}")).json()
    assert (told["state"], told["problem"]["status"], told["possible"]) == ("failed", 500, ["retry"])
    assert "concern" not in str(told)


async def test_jobs_are_listed_the_newest_first_and_by_state(http, jobs, runtime):
    ids = [str((await jobs()).id) for _ in range(5)]
    first = (await http.get(JOBS, params={"limit": 3, "count": True})).json()
    assert ([job["id"] for job in first["data"]], first["total"]) == (ids[:1:-1], 5)
    await jobs()  # what comes in meanwhile moves no page
    second = (await http.get(JOBS, params={"limit": 3, "after": first["next"]})).json()
    assert ([job["id"] for job in second["data"]], second["next"]) == (ids[1::-1], None)
    assert (await http.get(JOBS, params={"state": "failed"})).json()["data"] == []
    assert len((await http.get(JOBS, params={"state": "queued"})).json()["data"]) == 6
    assert (await http.get(JOBS, params={"state": "lost"})).status_code == 422


async def test_another_districts_job_is_not_there(jobs, stack, runtime, http):
    theirs = new_id()
    async with runtime.database.unit(theirs, hot=True) as unit:
        job = await start_job(unit, runtime.queue, "tests.count")
    await run(runtime, job, count)
    for path in (f"{JOBS}/{job.id}", f"{JOBS}/{job.id}/events", f"{JOBS}/{new_id()}"):
        assert (await http.get(path)).status_code == 404


async def test_a_person_sees_the_jobs_asked_for_them(district, jobs, runtime):
    person = new_id()
    async with runtime.database.transaction(district.id) as connection:
        await connection.execute(
            """insert into districts.copied_people (district_id, id, given_name, family_name, archived, version)
               values ($1, $2, 'Ada', 'L', false, 1)""",
            district.id, person,
        )  # fmt: skip
    own, other = await jobs(person), await jobs()
    async with district.client(person) as http:
        assert [job["id"] for job in (await http.get(JOBS)).json()["data"]] == [str(own.id)]
        assert (await http.get(f"{JOBS}/{own.id}")).json()["person_id"] == str(person)
        assert (await http.get(f"{JOBS}/{other.id}")).status_code == 404
        cancel = f"{JOBS}/{other.id}/cancel"
        assert (await http.post(cancel, headers={"If-Match": "*"})).status_code == 404


async def test_cancel_and_retry_under_if_match(http, jobs, runtime):
    job = await jobs()
    path = f"{JOBS}/{job.id}"
    assert (await http.post(f"{path}/cancel")).status_code == 428
    assert (await http.post(f"{path}/cancel", headers={"If-Match": '"7"'})).status_code == 412
    answer = await http.post(f"{path}/cancel", headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["ETag"], answer.json()["state"]) == (200, '"2"', "cancelled")
    answer = await http.post(f"{path}/cancel", headers={"If-Match": '"2"'})
    assert (answer.status_code, answer.headers["Content-Type"]) == (409, "application/problem+json")
    assert (answer.json()["type"], answer.json()["possible"]) == (
        "urn:throughline:problem:job-not-cancellable",
        ["retry"],
    )
    answer = await http.post(f"{path}/retry", headers={"If-Match": '"2"'})
    assert (answer.status_code, answer.headers["ETag"], answer.json()["state"]) == (200, '"3"', "queued")
    await run(runtime, job, count)
    told = (await http.get(path)).json()
    assert (told["state"], told["attempts"]) == ("succeeded", 1)
    assert (await http.post(f"{path}/retry", headers={"If-Match": "*"})).status_code == 409


async def test_who_cancelled_is_in_the_audit_log(http, jobs):
    job = await jobs()
    await http.post(f"{JOBS}/{job.id}/cancel", headers={"If-Match": "*"})
    log = (await http.get("/v1/audit-events/districts", params={"entity": "jobs", "entity_id": str(job.id)})).json()
    assert [event["action"] for event in log["data"]] == ["job.cancelled"]


async def test_progress_does_not_make_a_cancellation_stale(http, jobs, runtime):
    job = await jobs()
    reported, goes_on = asyncio.Event(), asyncio.Event()

    async def slow(context):
        await context.progress(1, 2)
        reported.set()
        await goes_on.wait()
        await asyncio.sleep(0.3)
        await context.progress(2, 2)

    task = asyncio.create_task(run(runtime, job, slow))
    etag = '"2"'
    await reported.wait()
    assert (await http.get(f"{JOBS}/{job.id}")).headers["ETag"] == etag
    answer = await http.post(f"{JOBS}/{job.id}/cancel", headers={"If-Match": etag})
    assert (answer.json()["state"], answer.json()["cancel_requested"]) == ("running", True)
    goes_on.set()
    await task
    assert (await http.get(f"{JOBS}/{job.id}")).json()["state"] == "cancelled"


@asynccontextmanager
async def served(stack):
    """Serve the whole house on a socket: an in-process transport would hold a stream back until its end."""
    config = uvicorn.Config(stack.app, port=0, lifespan="off", ws="none", log_config=None)
    server = uvicorn.Server(config)
    server.capture_signals = nullcontext
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture
async def live(stack, district):
    async with served(stack) as url:
        headers = {"Authorization": f"Bearer {district.token}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=10, trust_env=False) as client:
            yield client


async def events(http, job, last_event_id=None):
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    async with http.stream("GET", f"{JOBS}/{job.id}/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        event = {}
        async for line in answer.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                event[name] = value
            elif event:
                yield event["event"], event["id"], orjson.loads(event["data"])
                event = {}


async def test_progress_streams_up_to_the_end_and_holds_no_transaction(live, jobs, runtime):
    job = await jobs()
    seen, open_transactions = [], []

    async def slow(context):
        for n in range(1, 4):
            await context.progress(n, 3)
            await asyncio.sleep(0.6)

    task = None
    async with asyncio.timeout(10):
        async for name, _, told in events(live, job):
            assert name == "progress"
            seen.append((told["state"], told["done"]))
            task = task or asyncio.create_task(run(runtime, job, slow))
            await asyncio.sleep(0.05)
            open_transactions.append(
                await runtime.database.pool.fetchval(
                    """select count(*) from pg_stat_activity where datname = current_database()
                       and state like 'idle in%' and pid <> pg_backend_pid()"""
                )
            )
    await task
    assert seen[0] == ("queued", 0)
    assert seen[-1] == ("succeeded", 3)
    assert {("running", 1), ("running", 2), ("running", 3)} <= set(seen)
    assert [done for _, done in seen] == sorted(done for _, done in seen)
    assert sum(open_transactions) == 0


async def test_who_comes_back_is_not_told_the_same_again(live, jobs, runtime):
    job = await jobs()
    stream_of = events(live, job)
    _, first, _ = await anext(stream_of)
    await stream_of.aclose()
    await run(runtime, job, count)
    told = [event async for event in events(live, job, first)]
    assert [data["state"] for _, _, data in told] == ["succeeded"]
    answer = await live.get(f"{JOBS}/{job.id}/events", headers={"Last-Event-ID": told[-1][1]})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_a_stream_ends_after_a_while_so_that_its_reader_shows_a_token_again(live, jobs, monkeypatch):
    monkeypatch.setattr(stream, "OPEN_FOR", 0.3)
    job = await jobs()
    async with asyncio.timeout(5):
        told = [data["state"] async for _, _, data in events(live, job)]
    assert told == ["queued"]


async def followed_until(live, job, headers, runtime, end):
    """Follow a job up to what `end` does, and give the states that were told, also of what came afterwards."""
    told = []
    async with live.stream("GET", f"{JOBS}/{job.id}/events", headers=headers) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                told.append(orjson.loads(line[6:])["state"])
                await end()
                await run(runtime, job, count)
    return told


async def test_a_stream_ends_with_the_right_of_its_client(district, live, jobs, runtime, monkeypatch):
    monkeypatch.setattr(stream, "ASK_EVERY", 0.0)
    monkeypatch.setattr(ended_tokens, "RELOAD_SECONDS", 0.0)

    async def end():
        async with runtime.database.transaction(district.id) as connection:
            await connection.execute(
                "insert into districts.ended_tokens (district_id, subject, ended_at) values ($1, $2, $3)",
                district.id, district.client_id, now(),
            )  # fmt: skip

    assert await followed_until(live, await jobs(), {}, runtime, end) == ["queued"]


async def test_a_stream_ends_with_its_person(district, live, jobs, runtime, monkeypatch):
    monkeypatch.setattr(stream, "ASK_EVERY", 0.0)
    person = new_id()
    async with runtime.database.transaction(district.id) as connection:
        await connection.execute(
            """insert into districts.copied_people (district_id, id, given_name, family_name, archived, version)
               values ($1, $2, 'Ada', 'L', false, 1)""",
            district.id, person,
        )  # fmt: skip

    async def end():
        async with runtime.database.transaction(district.id) as connection:
            await connection.execute("update districts.copied_people set archived = true where id = $1", person)

    told = await followed_until(live, await jobs(person), {"Throughline-Person": str(person)}, runtime, end)
    assert told == ["queued"]


async def test_scopes(stack, district):
    token = await token_of(stack, district.client_id, district.client_secret, "jobs.read")
    async with district.client(token=token) as http:
        assert (await http.get(JOBS)).status_code == 200
        assert (await http.post(f"{JOBS}/{new_id()}/cancel")).status_code == 403
    async with stack.client() as http:
        assert (await http.get(JOBS)).status_code == 401

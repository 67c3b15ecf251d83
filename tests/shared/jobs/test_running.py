"""How a job can end, and what is left when its worker ends first."""

import asyncio
from datetime import timedelta

import pytest

from shared.clock import now
from shared.errors import Conflict, Unavailable
from shared.jobs import records, running
from shared.jobs.leases import LEASE, take
from shared.jobs.records import JobState
from shared.jobs.running import ATTEMPTS, run_job
from shared.jobs.starting import start_job
from shared.testing.alone import LISTENER

LATER = LEASE + timedelta(seconds=1)


class NothingToCount(Conflict, title="There is nothing to count"):
    pass


@pytest.fixture
async def job(alone):
    async with alone.listener.database.unit(alone.district_id, hot=True) as unit:
        return await start_job(unit, alone.listener.queue, "tests.count", {"to": 3})


async def run(alone, job, function, name="tests.count"):
    await run_job(alone.listener, {name: function}, alone.district_id, job.id)
    return await read(alone, job)


async def read(alone, job):
    async with alone.listener.database.transaction(alone.district_id) as connection:
        return await records.find(connection, LISTENER, alone.district_id, job.id)


async def insert(unit, name):
    await unit.connection.execute(
        "insert into analytics.noted (district_id, name) values ($1, $2)", unit.district_id, name
    )


async def test_it_succeeds_with_what_it_returns(alone, job):
    async def count(context):
        for n in range(context.args["to"]):
            await context.progress(n + 1, context.args["to"], f"counted {n + 1}")
        return {"counted": context.args["to"]}

    ended = await run(alone, job, count)
    assert (ended.state, ended.result, ended.problem) == (JobState.SUCCEEDED, {"counted": 3}, None)
    assert (ended.done, ended.total, ended.message) == (3, 3, "counted 3")
    assert ended.finished_at >= ended.started_at >= ended.created_at


async def test_a_job_that_has_ended_is_not_run_again(alone, job):
    runs = []

    async def count(context):
        runs.append(context.attempt)

    await asyncio.gather(*(run(alone, job, count) for _ in range(3)))
    await run(alone, job, count)
    assert runs == [1]


async def test_an_error_of_ours_is_told_as_a_problem(alone, job):
    async def count(context):
        raise NothingToCount("The file holds no lines.", lines=0)

    ended = await run(alone, job, count)
    assert ended.state == JobState.FAILED
    assert ended.problem == {
        "type": "urn:throughline:problem:nothing-to-count",
        "title": "There is nothing to count",
        "status": 409,
        "detail": "The file holds no lines.",
        "lines": 0,
    }


async def test_an_error_that_nobody_foresaw_tells_no_secrets(alone, job):
    async def count(context):
        raise ValueError("Ada Lovelace, born 1815")

    ended = await run(alone, job, count)
    assert (ended.state, ended.problem["type"]) == (JobState.FAILED, "urn:throughline:problem:job-failed")
    assert "Ada" not in str(ended.problem)


@pytest.mark.parametrize("error", [Unavailable("the peer is down"), ConnectionRefusedError("no socket")])
async def test_an_outage_postpones_it_a_few_times(alone, job, error):
    async def count(context):
        raise error

    moment = now()
    for attempt in range(1, ATTEMPTS):
        postponed = await run(alone, job, count)
        assert (postponed.state, postponed.attempts) == (JobState.QUEUED, attempt)
        assert postponed.lease_until > moment
        async with alone.listener.database.transaction(alone.district_id) as connection:
            await connection.execute(f"update {alone.listener.service}.jobs set lease_until = null")
    assert (await run(alone, job, count)).state == JobState.FAILED


async def test_a_job_that_no_worker_knows_waits_for_one_that_does(alone, job):
    postponed = await run(alone, job, None, name="tests.other")
    assert (postponed.state, postponed.attempts) == (JobState.QUEUED, 1)


async def test_a_job_that_kills_its_workers_is_given_up(alone, job):
    moment = now() - 10 * LATER
    for _ in range(ATTEMPTS):
        await take(alone.listener.database, alone.district_id, job.id, moment)
        moment += LATER
    ended = await run(alone, job, None)
    assert (ended.state, ended.problem["type"]) == (JobState.FAILED, "urn:throughline:problem:job-given-up")


async def test_cancelled_it_ends_at_its_next_report(alone, job):
    started = asyncio.Event()

    async def count(context):
        started.set()
        for n in range(10_000):
            await context.progress(n)
            await asyncio.sleep(0.01)

    task = asyncio.create_task(run(alone, job, count))
    await started.wait()
    async with alone.listener.database.transaction(alone.district_id) as connection:
        seen = await records.find_for_update(connection, LISTENER, alone.district_id, job.id)
        await records.ask_to_cancel(connection, LISTENER, seen, now())
    async with asyncio.timeout(3):
        ended = await task
    assert (ended.state, ended.problem) == (JobState.CANCELLED, None)


async def test_progress_is_written_now_and_then_and_its_last_word_at_the_end(alone, job):
    writers = set()

    async def count(context):
        for n in range(500):
            await context.progress(n + 1, 500)
            row = await alone.listener.database.relay.fetchrow(
                f"select xmin::text from {alone.listener.service}.jobs where district_id = $1 and id = $2",
                alone.district_id,
                job.id,
            )
            writers.add(row["xmin"])

    ended = await run(alone, job, count)
    assert (ended.done, ended.total) == (500, 500)
    assert len(writers) < 50


async def test_effects_of_a_lost_lease_are_rolled_back(alone, job):
    async def count(context):
        async with context.unit() as unit:
            await insert(unit, "of the first")
            await take(alone.listener.database, alone.district_id, job.id, now() + LATER)

    seen = await run(alone, job, count)
    assert await alone.applied() == []
    assert (seen.state, seen.attempts) == (JobState.RUNNING, 2)


async def test_its_end_and_its_effects_come_together(alone, job):
    async def count(context):
        async with context.unit() as unit:
            await insert(unit, "counted")
            await context.succeed(unit, {"counted": 1})
        assert (await read(alone, job)).state == JobState.SUCCEEDED

    assert (await run(alone, job, count)).result == {"counted": 1}
    assert await alone.applied() == ["counted"]


async def test_an_end_that_was_rolled_back_is_none(alone, job):
    async def count(context):
        async with context.unit() as unit:
            await insert(unit, "counted")
            await context.succeed(unit)
            raise NothingToCount

    assert (await run(alone, job, count)).state == JobState.FAILED
    assert await alone.applied() == []


async def test_a_worker_that_stops_gives_it_back_uncounted(alone, job):
    started = asyncio.Event()

    async def count(context):
        started.set()
        await asyncio.sleep(60)

    task = asyncio.create_task(run(alone, job, count))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    seen = await read(alone, job)
    assert (seen.state, seen.attempts, seen.lease_until) == (JobState.QUEUED, 0, None)


async def test_a_worker_that_was_overtaken_stops(alone, job, monkeypatch):
    monkeypatch.setattr(running, "PULSE", 0.05)
    started, stopped = asyncio.Event(), asyncio.Event()

    async def count(context):
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()

    task = asyncio.create_task(run(alone, job, count))
    await started.wait()
    await take(alone.listener.database, alone.district_id, job.id, now() + LATER)
    async with asyncio.timeout(5):
        seen = await task
    assert stopped.is_set()
    assert (seen.state, seen.attempts) == (JobState.RUNNING, 2)


async def test_the_pulse_holds_the_lease_and_brings_the_cancellation(alone, job, monkeypatch):
    monkeypatch.setattr(running, "PULSE", 0.05)
    held = []

    async def count(context):
        first = (await read(alone, job)).lease_until
        await asyncio.sleep(0.3)
        held.append((await read(alone, job)).lease_until - first)

    assert (await run(alone, job, count)).state == JobState.SUCCEEDED
    assert held[0] > timedelta(0)


async def test_how_it_ended_is_written_when_postgresql_is_back(alone, job):
    async def count(context):
        await alone.drop_connections()
        return {"counted": 3}

    ended = await run(alone, job, count)
    assert (ended.state, ended.result) == (JobState.SUCCEEDED, {"counted": 3})


async def test_it_works_for_whoever_asked_and_in_their_trace(alone, job):
    from shared import tracing

    seen = []

    async def count(context):
        async with context.unit(hot=True) as unit:
            seen.append((unit.who.client_id, unit.who.district_id))
        seen.append(tracing.current_trail().job_id)

    await run(alone, job, count)
    assert seen == [("system", alone.district_id), str(job.id)]

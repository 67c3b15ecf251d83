"""A job has one worker at a time, and one that was overtaken changes nothing any more."""

import asyncio
from datetime import timedelta

import pytest

from shared.clock import now
from shared.jobs import records
from shared.jobs.leases import LEASE, Holder, LeaseLost, take, waiting
from shared.jobs.records import JobNotCancellable, JobNotRetryable, JobState
from shared.jobs.starting import start_job

LATER = LEASE + timedelta(seconds=1)


@pytest.fixture
async def job(alone):
    return await start(alone)


async def start(alone, name="tests.count", args=None):
    async with alone.listener.database.unit(alone.district_id, hot=True) as unit:
        return await start_job(unit, alone.listener.queue, name, args)


async def read(alone, job):
    async with alone.listener.database.transaction(alone.district_id) as connection:
        return await records.find(connection, alone.listener.service, alone.district_id, job.id)


def taken(alone, job, at):
    return take(alone.listener.database, alone.district_id, job.id, at)


async def test_a_job_waits_from_the_commit_on(alone):
    with pytest.raises(LookupError):
        async with alone.listener.database.unit(alone.district_id, hot=True) as unit:
            await start_job(unit, alone.listener.queue, "tests.count")
            raise LookupError
    assert await waiting(alone.listener.database, now(), 10) == []
    job = await start(alone, args={"n": 3})
    assert await waiting(alone.listener.database, now(), 10) == [(alone.district_id, job.id)]
    assert await read(alone, job) == job
    assert (job.state, job.args, job.client_id) == (JobState.QUEUED, {"n": 3}, "system")


async def test_a_cold_unit_starts_jobs_too(alone):
    async with alone.listener.database.unit(alone.district_id) as unit:
        job = await start_job(unit, alone.listener.queue, "tests.count", {"n": 3})
    assert await read(alone, job) == job


async def test_only_one_of_many_gets_it(alone, job):
    leases = [lease for lease in await asyncio.gather(*(taken(alone, job, now()) for _ in range(5))) if lease]
    assert len(leases) == 1
    assert await waiting(alone.listener.database, now(), 10) == []


async def test_a_lease_that_ran_out_is_taken_over_and_the_first_worker_changes_nothing(alone, job):
    moment = now()
    _, first = await taken(alone, job, moment)
    assert await taken(alone, job, moment + LEASE / 2) is None
    assert await waiting(alone.listener.database, moment + LATER, 10) == [(alone.district_id, job.id)]
    overtaken, second = await taken(alone, job, moment + LATER)
    assert overtaken.attempts == 2
    async with alone.listener.database.transaction(alone.district_id) as connection:
        for move in (
            first.renew(connection, now()),
            first.report(connection, now(), 9, 9, "x"),
            first.guard(connection),
        ):
            with pytest.raises(LeaseLost):
                await move
        await first.end(connection, JobState.FAILED, now(), problem={"title": "no"})
        await first.give_back(connection, None, counts=True)
        await second.guard(connection)
    assert (await read(alone, job)).state == JobState.RUNNING
    assert (await read(alone, job)).done == 0


async def test_the_next_worker_on_the_same_seat_takes_over_at_once(alone, job):
    moment = now()
    first, second, other, nobody = Holder("hall"), Holder("hall"), Holder("hall-2"), Holder()
    _, lease = await take(alone.listener.database, alone.district_id, job.id, moment, first)
    for holder in (first, other, nobody):
        assert await waiting(alone.listener.database, moment, 10, holder) == []
        assert await take(alone.listener.database, alone.district_id, job.id, moment, holder) is None
    assert await waiting(alone.listener.database, moment, 10, second) == [(alone.district_id, job.id)]
    moment += timedelta(milliseconds=1)
    again, _ = await take(alone.listener.database, alone.district_id, job.id, moment, second)
    assert again.attempts == 2
    async with alone.listener.database.transaction(alone.district_id) as connection:
        with pytest.raises(LeaseLost):
            await lease.guard(connection)


async def test_a_job_put_off_is_put_off_for_the_next_worker_too(alone, job):
    moment = now()
    _, lease = await take(alone.listener.database, alone.district_id, job.id, moment, Holder("hall"))
    async with alone.listener.database.transaction(alone.district_id) as connection:
        await lease.give_back(connection, timedelta(seconds=30), counts=True)
    assert await waiting(alone.listener.database, moment, 10, Holder("hall")) == []


async def test_nobody_takes_over_while_guarded_effects_are_being_committed(alone, job):
    moment = now()
    _, lease = await taken(alone, job, moment)
    async with alone.listener.database.transaction(alone.district_id) as connection:
        await lease.guard(connection)
        takeover = asyncio.create_task(taken(alone, job, moment + LATER))
        done, _ = await asyncio.wait({takeover}, timeout=0.3)
        assert not done
    assert await takeover is not None


async def test_progress_never_falls_and_extends_the_lease(alone, job):
    moment = now()
    _, lease = await taken(alone, job, moment)
    async with alone.listener.database.transaction(alone.district_id) as connection:
        assert await lease.report(connection, moment + LEASE / 2, 5, 10, "five") is False
        assert await lease.report(connection, moment + LEASE / 2, 3, None, None) is False
    seen = await read(alone, job)
    assert (seen.done, seen.total, seen.message) == (5, 10, "five")
    assert await taken(alone, job, moment + LATER) is None


async def test_given_back_it_waits_at_once_or_later(alone, job):
    moment = now()
    _, lease = await taken(alone, job, moment)
    async with alone.listener.database.transaction(alone.district_id) as connection:
        await lease.give_back(connection, timedelta(seconds=30), counts=True)
    assert await waiting(alone.listener.database, moment + timedelta(seconds=29), 10) == []
    again, lease = await taken(alone, job, moment + LATER)
    assert again.attempts == 2
    async with alone.listener.database.transaction(alone.district_id) as connection:
        await lease.give_back(connection, None, counts=False)
    again, _ = await taken(alone, job, moment + LATER + LATER)
    assert again.attempts == 2


async def test_cancel_and_retry_move_as_the_state_allows(alone, job):
    async with alone.listener.database.transaction(alone.district_id) as connection:
        schema = alone.listener.service
        with pytest.raises(JobNotRetryable) as refused:
            await records.retry(connection, schema, job)
        assert refused.value.extensions == {"state": "queued", "possible": ["cancel"]}
        cancelled = await records.ask_to_cancel(connection, schema, job, now())
        assert (cancelled.state, cancelled.version, bool(cancelled.finished_at)) == (JobState.CANCELLED, 2, True)
        with pytest.raises(JobNotCancellable) as refused:
            await records.ask_to_cancel(connection, schema, cancelled, now())
        assert refused.value.extensions == {"state": "cancelled", "possible": ["retry"]}
        again = await records.retry(connection, schema, cancelled)
        assert (again.state, again.cancel_requested, again.finished_at) == (JobState.QUEUED, False, None)
    await taken(alone, job, now())
    async with alone.listener.database.transaction(alone.district_id) as connection:
        running = await records.find(connection, schema, alone.district_id, job.id)
        asked = await records.ask_to_cancel(connection, schema, running, now())
    assert (asked.state, asked.cancel_requested, asked.finished_at) == (JobState.RUNNING, True, None)
    assert records.possible_actions(asked) == []

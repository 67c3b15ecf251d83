"""Of jobs about the same thing one is under way at a time: an index sees to it, not a look before."""

import asyncio

import pytest

from shared.clock import new_id, now
from shared.jobs import records
from shared.jobs.records import JobUnderWay
from shared.jobs.running import run_job
from shared.jobs.starting import key_of, start_job
from shared.testing.alone import LISTENER

ABOUT = {"measure": "coverage"}


async def start(alone, about=ABOUT, name="tests.count"):
    async with alone.listener.database.unit(alone.district_id, hot=True) as unit:
        return await start_job(unit, alone.listener.queue, name, {"own": str(new_id())}, unique_by=about)


async def finish(alone, job):
    async def count(context):
        return None

    await run_job(alone.listener, {job.name: count}, alone.district_id, job.id)


async def test_of_many_who_ask_at_once_all_get_the_one(alone):
    jobs = await asyncio.gather(*(start(alone) for _ in range(6)))
    assert len({job.id for job in jobs}) == 1
    assert len({job.args["own"] for job in jobs}) == 1
    await finish(alone, jobs[0])
    assert (await start(alone)).id != jobs[0].id


async def test_other_things_other_names_and_other_districts_are_other_jobs(alone):
    jobs = [
        await start(alone), await start(alone, {"measure": "latency"}), await start(alone, ABOUT, "tests.other"),
        await start(alone, None), await start(alone, None),
    ]  # fmt: skip
    assert len({job.id for job in jobs}) == 5
    assert key_of("a", {"b": 1, "c": 2}) == key_of("a", {"c": 2, "b": 1})


async def test_who_asks_waits_for_one_who_is_about_to_and_takes_its_place_if_that_comes_to_nothing(alone):
    database = alone.listener.database
    with pytest.raises(ValueError, match="nothing"):
        async with database.unit(alone.district_id, hot=True) as unit:
            await start_job(unit, alone.listener.queue, "tests.count", {}, unique_by=ABOUT)
            waiting = asyncio.create_task(start(alone))
            await asyncio.sleep(0.2)
            assert not waiting.done()
            raise ValueError("comes to nothing")
    job = await waiting
    async with database.transaction(alone.district_id) as connection:
        assert (await records.find(connection, LISTENER, alone.district_id, job.id)).state == "queued"


async def test_what_ended_cannot_be_retried_while_another_does_the_same(alone):
    first = await start(alone)
    async with alone.listener.database.transaction(alone.district_id) as connection:
        ended = await records.ask_to_cancel(connection, LISTENER, first, now())
    second = await start(alone)
    with pytest.raises(JobUnderWay) as refused:
        async with alone.listener.database.transaction(alone.district_id) as connection:
            await records.retry(connection, LISTENER, ended)
    assert refused.value.extensions == {"job_id": second.id}
    await finish(alone, second)
    async with alone.listener.database.transaction(alone.district_id) as connection:
        assert (await records.retry(connection, LISTENER, ended)).state == "queued"

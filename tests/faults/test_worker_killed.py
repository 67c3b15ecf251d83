"""kill -9 of the worker, again and again, under load: every event and every job has its effect once."""

import asyncio
import os
import signal
from contextlib import asynccontextmanager, nullcontext

import uvicorn

from shared.jobs import records
from shared.jobs.starting import start_job
from shared.testing.alone import LISTENER, alone
from tests.faults.forked import workers

__all__ = ["alone"]
KILLS = 4


@asynccontextmanager
async def served(app, path):
    config = uvicorn.Config(app, uds=str(path), lifespan="off", ws="none", log_config=None)
    server = uvicorn.Server(config)
    server.capture_signals = nullcontext
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await task


def environment(alone, socket):
    settings = alone.settings
    return os.environ | {
        "THROUGHLINE_DATABASE_URL": settings.database_url,
        "THROUGHLINE_RELAY_DATABASE_URL": settings.relay_database_url,
        "THROUGHLINE_REDIS_URL": settings.redis_url,
        "THROUGHLINE_DATA_DIR": str(settings.data_dir),
        "THROUGHLINE_SERVICE_KEY": settings.service_key.get_secret_value(),
        "THROUGHLINE_WORKER_SEAT": "one",  # or what a killed one left would wait for a minute
        "THROUGHLINE_OBSERVATIONS_URL": f"unix://{socket}",
    }


async def test_nothing_is_lost_and_nothing_comes_twice(alone, tmp_path):
    names, jobs, stop = [], [], asyncio.Event()
    socket = tmp_path / "peer.sock"

    async def write():
        while not stop.is_set():
            name = f"widget {len(names)}"
            await alone.publish(name)
            names.append(name)
            if len(names) % 10 == 0:
                async with alone.listener.database.unit(alone.district_id, hot=True) as unit:
                    jobs.append(
                        await start_job(unit, alone.listener.queue, "tests.count", {"name": f"job {len(jobs)}"})
                    )
            await asyncio.sleep(0.004)

    made = workers("tests.faults.killable_worker", environment=environment(alone, socket))
    async with served(alone.app, socket), made as worker:
        writing = asyncio.create_task(write())
        for n in range(KILLS):
            before, running = len(await alone.applied()), await running_jobs(alone)
            pid = await worker.start()
            await in_the_middle(alone, before + 25 * (n + 1), running)
            os.kill(pid, signal.SIGKILL)
            assert await worker.end() == -signal.SIGKILL
        stop.set()
        await writing
        pid = await worker.start()
        expected = sorted(names + [f"job {n}" for n in range(len(jobs))])
        await until_applied(alone, expected)
        os.kill(pid, signal.SIGTERM)
        assert await worker.end() == 0
    assert sorted(await alone.applied()) == expected
    async with alone.listener.database.transaction(alone.district_id) as connection:
        ended = [await records.find(connection, LISTENER, alone.district_id, job.id) for job in jobs]
    assert {job.state for job in ended} == {"succeeded"}
    assert max(job.attempts for job in ended) > 1, "some were killed in the middle"


async def running_jobs(alone):
    async with alone.listener.database.transaction(alone.district_id) as connection:
        rows = await connection.fetch(f"select id, attempts from {LISTENER}.jobs where state = 'running'")
    return {(row["id"], row["attempts"]) for row in rows}


async def in_the_middle(alone, applied, abandoned):
    """Wait until a worker has done something and has a job in hand, beside those that a killed one left behind."""
    async with asyncio.timeout(20):
        while len(await alone.applied()) < applied or not await running_jobs(alone) - abandoned:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def until_applied(alone, expected):
    async with asyncio.timeout(20):
        while len(await alone.applied()) < len(expected):  # noqa: ASYNC110 - it lies in the database
            await asyncio.sleep(0.1)

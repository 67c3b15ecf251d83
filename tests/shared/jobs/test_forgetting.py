"""Jobs that ended long ago and answers whose day is over are dropped; what waits or runs is not."""

from datetime import timedelta

from shared.clock import now
from shared.jobs import records
from shared.jobs.forgetting import ANSWERS_KEPT, forget_answers, forget_jobs
from shared.jobs.running import run_job
from shared.jobs.starting import start_job
from shared.testing.alone import LISTENER


async def done(job):
    return None


async def test_what_ended_before_then_goes_and_what_waits_stays(alone):
    database = alone.listener.database
    async with database.unit(alone.district_id, hot=True) as unit:
        old, new, waiting = [await start_job(unit, alone.listener.queue, "tests.done", {}) for _ in range(3)]
    for job in (old, new):
        await run_job(alone.listener, {"tests.done": done}, alone.district_id, job.id)
    async with database.transaction(alone.district_id) as connection:
        await connection.execute(
            f"update {LISTENER}.jobs set finished_at = finished_at - interval '91 days' where id = $1", old.id
        )
    assert await forget_jobs(database, now() - timedelta(days=90)) == 1
    async with database.transaction(alone.district_id) as connection:
        kept = [await records.find(connection, LISTENER, alone.district_id, job.id) for job in (old, new, waiting)]
    assert [job is not None for job in kept] == [False, True, True]


async def test_answers_go_after_a_day(alone):
    database = alone.listener.database
    async with database.transaction(alone.district_id) as connection:
        await connection.execute(
            f"""insert into {LISTENER}.idempotency_keys
                  (district_id, client_id, key, fingerprint, status, headers, body, created_at)
                values ($1, 'c', 'old', 'f', 200, '{{}}', '', $2), ($1, 'c', 'new', 'f', 200, '{{}}', '', $3)""",
            alone.district_id,
            now() - ANSWERS_KEPT - timedelta(seconds=1),
            now(),
        )
    assert await forget_answers(database, now()) == 1

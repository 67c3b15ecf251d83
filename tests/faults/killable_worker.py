"""The worker that test_worker_killed.py kills: two services, one subscription, one job; impatient, to be quick."""

import asyncio

from shared.feed.subscriber import Subscription
from shared.jobs import running, slots, worker
from shared.jobs.worker import Work, run
from shared.settings import Settings
from shared.testing.alone import LISTENER, PUBLISHER, note
from tests.faults.forked import serve


async def count(context):
    await context.progress(0, 1)
    async with context.unit(hot=True) as unit:
        await unit.connection.execute(
            "insert into analytics.noted (district_id, name) values ($1, $2)", unit.district_id, context.args["name"]
        )
        await asyncio.sleep(0.1)
        await context.succeed(unit)


if __name__ == "__main__":
    running.PULSE = slots.SWEEP = 0.3
    worker.PULL_EVERY = 0.5
    works = [
        Work(PUBLISHER, Settings),
        Work(LISTENER, Settings, {"tests.count": count}, (Subscription(PUBLISHER, note),)),
    ]
    serve(lambda _: asyncio.run(run(works)))

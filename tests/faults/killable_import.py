"""A worker that kills itself on its way through one job: `killable_import SETTINGS DISTRICT`, then lines `JOB [PLACE]`.

PLACE is a message of the job's progress, or `end`: all is written then, and nothing committed.
"""

import asyncio
import os
import signal
import sys
from uuid import UUID

import orjson

from services.districts.jobs import WORK
from services.districts.settings import DistrictsSettings
from shared.jobs.leases import Holder
from shared.jobs.running import JobContext, run_job
from shared.runtime import Runtime
from tests.faults.forked import serve


class Doomed(JobContext):
    place = ""

    async def progress(self, done, total=None, message=None):
        await super().progress(done, total, message)
        self.die_at(message)

    async def succeed(self, unit, result=None):
        await super().succeed(unit, result)
        self.die_at("end")

    def die_at(self, here):
        if here == self.place:
            os.kill(os.getpid(), signal.SIGKILL)


async def main(settings, district, job, place):
    Doomed.place = place
    runtime = await Runtime.open("districts", DistrictsSettings(**orjson.loads(settings)))

    async def doomed(context):
        context.__class__ = Doomed
        return await WORK.jobs["roster_imports.run"](context)

    await run_job(runtime, {"roster_imports.run": doomed}, UUID(district), UUID(job), Holder("one"))
    await runtime.close()


if __name__ == "__main__":
    serve(lambda what: asyncio.run(main(*sys.argv[1:], *what.partition(" ")[::2])))

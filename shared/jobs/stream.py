"""A job's progress as server-sent events (WHATWG HTML, 9.2).

Each look is a short transaction of its own: a stream that is open for a minute holds nothing. The event's id says how
far its reader is, so that a reconnection with Last-Event-ID is not told the same again.
"""

import asyncio
from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from shared import stopping
from shared.errors import Forbidden, Unauthenticated
from shared.jobs.outages import OUTAGES
from shared.jobs.reading import JobRead
from shared.jobs.records import Job, find
from shared.runtime import Runtime
from shared.units import AskAgain

LOOK_EVERY = 0.25
COMMENT_EVERY = 15.0
# A right that ends is effective within five seconds, two of which shared/access/ended_tokens.py may take.
ASK_EVERY = 1.0
# Then the reader comes again by itself, with a token that is looked at anew.
OPEN_FOR = 60.0
RECONNECT_MS = 1000


class EventStream(StreamingResponse):
    media_type = "text/event-stream"


def event_id(job: Job) -> str:
    return f"{job.version}-{job.done}"


async def follow(runtime: Runtime, job: Job, last_event_id: str | None, ask_again: AskAgain) -> AsyncIterator[bytes]:
    """Tell what `job` is now, unless the reader knows, then each change, up to a final state or the right's end."""
    time = asyncio.get_running_loop().time
    closes_at = time() + OPEN_FOR
    spoke_at = asked_at = time()
    told = job if event_id(job) == last_event_id else None
    current: Job | None = job
    while current is not None:
        if told is None or _differs(current, told):
            yield _event(current, runtime)
            told, spoke_at = current, time()
        elif time() - spoke_at > COMMENT_EVERY:
            yield KEEPALIVE_COMMENT
            spoke_at = time()
        if current.state.is_final or stopping.has_begun() or time() > closes_at:
            return
        await asyncio.sleep(LOOK_EVERY)
        try:
            if time() - asked_at > ASK_EVERY:
                await ask_again()
                asked_at = time()
            async with runtime.database.transaction(job.district_id) as connection:
                current = await find(connection, runtime.service, job.district_id, job.id)
        except (*OUTAGES, Unauthenticated, Forbidden):
            return  # the reader comes again, and is told why not


def _differs(job: Job, told: Job) -> bool:
    return (job.version, job.done, job.total, job.message) != (told.version, told.done, told.total, told.message)


def _event(job: Job, runtime: Runtime) -> bytes:
    data = JobRead.of(job, runtime).model_dump_json()
    return format_sse_event(event="progress", id=event_id(job), retry=RECONNECT_MS, data_str=data)

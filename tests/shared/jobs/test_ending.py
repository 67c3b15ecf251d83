"""A worker's tasks end when they are told to, even where a library loses the word."""

import asyncio
from contextlib import suppress

from structlog.testing import capture_logs

from shared.jobs.ending import end
from shared.jobs.outages import keep_going


async def test_a_task_that_loses_a_cancellation_ends_all_the_same():
    lost = []

    async def forgetful():
        while len(lost) < 2:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost.append("a cancellation")
        await asyncio.sleep(60)

    task = asyncio.create_task(forgetful())
    await asyncio.sleep(0)
    await end([task], 2, again=0.05)
    assert (len(lost), task.cancelled()) == (2, True)


async def test_a_loop_is_not_begun_again_once_it_was_cancelled():
    began = []

    async def once():
        began.append("again")
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)

    task = asyncio.create_task(keep_going("once", "none", once))
    await asyncio.sleep(0)
    task.cancel()
    await task
    assert len(began) == 1


async def test_a_task_that_does_not_end_is_named_with_its_place():
    enough = asyncio.Event()

    async def wait():
        await enough.wait()

    async def deaf():
        while not enough.is_set():
            with suppress(asyncio.CancelledError):
                await wait()

    task = asyncio.create_task(deaf(), name="the deaf one")
    await asyncio.sleep(0)
    with capture_logs() as lines:
        await end([task], 0.05, again=0.02)
    (line,) = lines
    assert (line["event"], line["task"]) == ("task_does_not_end", "the deaf one")
    assert [place.rpartition(".")[2] for place in line["at"]][:2] == ["deaf", "wait"]
    enough.set()
    await task

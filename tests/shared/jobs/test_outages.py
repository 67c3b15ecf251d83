"""What nobody waits for any more is told, and told as what it is."""

import asyncio
import gc
import logging

import asyncpg
import pytest
from structlog.testing import capture_logs

from shared.jobs.outages import hear_unheard

CUT = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")


@pytest.mark.parametrize(("error", "is_outage"), [(CUT, True), (ValueError("ours"), False)])
async def test_an_outage_that_a_librarys_future_kept_is_one_line(
    error: Exception, is_outage: bool, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(hear_unheard)
    with capture_logs() as told, caplog.at_level(logging.ERROR, "asyncio"):
        loop.create_future().set_exception(error)
        gc.collect()
    assert [line["event"] for line in told] == ["outage_unheard"] * is_outage
    assert ("never retrieved" in caplog.text) is not is_outage


async def test_a_task_of_ours_that_ends_unheard_is_told_as_an_error(caplog: pytest.LogCaptureFixture) -> None:
    async def cut() -> None:
        raise CUT

    asyncio.get_running_loop().set_exception_handler(hear_unheard)
    with caplog.at_level(logging.ERROR, "asyncio"):
        task = asyncio.create_task(cut())
        await asyncio.wait([task])
        del task
        gc.collect()
    assert "Task exception was never retrieved" in caplog.text

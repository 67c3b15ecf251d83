"""Calls through a Redis that is not there."""

from shared.jobs import queue


async def test_a_call_whose_end_redis_does_not_hear_is_no_crash() -> None:
    """arq ends a call under a shield, where nobody would hear of the error; its loop meets the outage by itself."""

    async def pull(_: object) -> None: ...

    redis = queue._connect("redis://127.0.0.1:9/0")
    worker = queue._Worker(functions=[queue._function("pull", pull)], redis_pool=redis, handle_signals=False)
    await worker.finish_job("one", True, None, None, False, None, None)
    await worker.finish_failed_job("one", None)
    await redis.aclose(close_connection_pool=True)

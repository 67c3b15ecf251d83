"""What ours is held against: FastAPI without a database, and arq without work.

python -m bench.baselines PORT BYTES     serves ready bytes at /page and validates an observation at /observations
"""

import asyncio
import gc
import sys
import time
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import uvicorn
from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import Worker, func
from fastapi import FastAPI, Response
from pydantic import BaseModel

from services.observations.observations.schemas import ObservationCreate
from shared.clock import new_id

if TYPE_CHECKING:
    from arq.typing import WorkerCoroutine

QUEUE = "bench"


class Created(BaseModel):
    id: UUID
    scores: int


def app_of(size: int) -> FastAPI:
    app = FastAPI()
    ready = b'{"users":"' + b"x" * (size - 12) + b'"}'

    @app.get("/page")
    async def page() -> Response:
        return Response(ready, media_type="application/json")

    @app.post("/observations", status_code=201)
    async def record(body: ObservationCreate) -> Created:
        return Created(id=body.id or new_id(), scores=len(body.scores))

    return app


async def nothing(_: dict[Any, Any]) -> None:
    """Do no work: what is left is what a job costs."""


async def arq_jobs_per_second(redis_url: str, jobs: int) -> float:
    redis = RedisSettings.from_dsn(redis_url)
    pool = await create_pool(redis, default_queue_name=QUEUE)
    for _ in range(jobs):
        await pool.enqueue_job("nothing")
    worker = Worker(
        [func(cast("WorkerCoroutine", nothing), name="nothing", keep_result=0)], queue_name=QUEUE,
        redis_settings=redis, burst=True, handle_signals=False, poll_delay=0.05,
    )  # fmt: skip
    began = time.perf_counter()
    await worker.async_run()
    elapsed = time.perf_counter() - began
    if worker.jobs_complete != jobs:
        raise RuntimeError(f"arq did {worker.jobs_complete} of {jobs} jobs")
    await worker.close()
    await pool.aclose()
    return jobs / elapsed


def main() -> None:
    import uvloop

    config = uvicorn.Config(
        app_of(int(sys.argv[2])), host="127.0.0.1", port=int(sys.argv[1]), http="httptools", ws="none", lifespan="off",
        log_config=None, access_log=False, server_header=False,
    )  # fmt: skip
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    uvloop.run(asyncio.wait_for(uvicorn.Server(config).serve(), None))


if __name__ == "__main__":
    main()

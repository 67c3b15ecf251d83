"""The job of a large file. Run twice it is run once: what an earlier attempt has put is neither put nor told again.

Each set of rows is a transaction that holds only while the job does. It waits while another import of its noun runs;
whoever cancels it keeps the rows that went in before.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from services.districts.tabular import records
from services.districts.tabular.importing import Import, TableImportRunning, admit, put_rows
from services.districts.tabular.reading import read
from services.districts.tabular.table import Table
from shared.errors import Conflict, Unavailable
from shared.jobs.running import JobContext, JobFunction
from shared.units import Unit

JOB, FORGET_JOB = "tables.import", "tables.forget_upload"
KEPT = timedelta(days=7)  # the upload: for a retry, and for whoever asks what was in it
_PAUSE = 1.0


class UploadForgotten(Conflict, title="The uploaded file is not kept any more: send it again"):
    pass


def putting(tables: Mapping[str, Table[Any, Any]]) -> JobFunction:
    async def put(job: JobContext) -> dict[str, Any] | None:
        table = tables[job.args["noun"]]
        lines = await asyncio.to_thread(read, await _upload(job), table.columns)
        async with job.unit() as unit:
            await _admitted(job, unit, table.noun, len(lines))
            report = await put_rows(unit, Import(table, job.unit, job.job_id), lines, job.progress)
            await records.forget_job(unit, job.job_id)
            await job.succeed(unit, report.model_dump(mode="json"))
        return None

    return put


async def _upload(job: JobContext) -> bytes:
    try:
        return b"".join([piece async for piece in job.runtime.blobs.stream(job.district_id, job.args["sha256"])])
    except FileNotFoundError:
        raise UploadForgotten from None


async def _admitted(job: JobContext, unit: Unit, noun: str, rows: int) -> None:
    while True:
        try:
            return await admit(unit, noun)
        except (TableImportRunning, Unavailable):
            await job.progress(0, rows, "waits for another import to end")
            await asyncio.sleep(_PAUSE)


async def forget(job: JobContext) -> dict[str, Any] | None:
    """Delete an upload whose days are over, unless the same bytes came again since."""
    async with job.unit() as unit:
        await records.forget_upload(unit.connection, unit.district_id, job.args["sha256"], unit.now - KEPT)
        came_again = await unit.connection.fetchval(
            """select exists (select from districts.jobs where district_id = $1 and name = $2
                              and args ->> 'sha256' = $3 and created_at > $4)""",
            unit.district_id, JOB, job.args["sha256"], unit.now - KEPT,
        )  # fmt: skip
        if not came_again:
            await job.runtime.blobs.delete(unit.district_id, job.args["sha256"])
    return None

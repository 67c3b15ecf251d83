"""A file comes in: a small one while the caller waits, a large one as a job."""

import asyncio
from typing import cast

from fastapi import Request, Response

from services.districts.tabular.importing import Import, admit, put_rows
from services.districts.tabular.jobs import FORGET_JOB, JOB, KEPT
from services.districts.tabular.reading import read
from services.districts.tabular.schemas import LARGEST_FILE, MEDIA, TableImport
from services.districts.tabular.sets import R
from services.districts.tabular.table import Table, W
from shared.errors import UnsupportedMedia
from shared.jobs.reading import JobRead
from shared.jobs.starting import start_job
from shared.runtime import Runtime
from shared.units import Unit
from shared.writes import etag

WAITED_FOR = 1000  # rows: a second or two


async def take_in(unit: Unit, table: Table[R, W], request: Request, prefer: str | None) -> TableImport | Response:
    """Put the rows, or say which job does. A header that does not fit is refused at once, either way."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA:
        raise UnsupportedMedia(f"send {MEDIA}")
    content = await request.body()
    lines = await asyncio.to_thread(read, content, table.columns)
    if len(lines) > WAITED_FOR or _wants_a_job(prefer):
        return await _as_job(unit, cast("Runtime", request.app.state.runtime), table.noun, content)
    await admit(unit, table.noun)
    its = Import(table, lambda: unit.database.unit(unit.district_id, unit.who))
    return await put_rows(unit, its, lines)


def _wants_a_job(prefer: str | None) -> bool:
    """Read RFC 7240: preferences stand between commas, each with parameters that mean nothing here."""
    return "respond-async" in {wish.partition(";")[0].strip().lower() for wish in (prefer or "").split(",")}


async def _as_job(unit: Unit, runtime: Runtime, noun: str, content: bytes) -> Response:
    blob = await runtime.blobs.put(unit.district_id, content, LARGEST_FILE)
    args = {"noun": noun, "sha256": blob.sha256}
    job = await start_job(unit, runtime.queue, JOB, args, unique_by=args)
    await start_job(unit, runtime.queue, FORGET_JOB, {"sha256": blob.sha256}, not_before=unit.now + KEPT)
    unit.answer.headers |= {"Location": f"/v1/jobs/districts/{job.id}", "ETag": etag(job.version)}
    return Response(JobRead.of(job, runtime).model_dump_json(), status_code=202, media_type="application/json")

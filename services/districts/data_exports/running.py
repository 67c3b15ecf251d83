"""The jobs of a download: ask every service for its part and pack them; forget the zip when its days are over."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.districts.data_exports.models import DataExport
from services.districts.data_exports.records import ids_of, of_job
from services.districts.data_exports.rules import DataExportState, counted, files_of, zip_of
from services.districts.personal import PERSONAL
from services.districts.settings import settings_of
from shared.jobs.records import JobState
from shared.jobs.running import JobContext
from shared.jobs.starting import start_job
from shared.jobs.telling import Problem
from shared.peers import ask
from shared.privacy.exporting import export_person
from shared.settings import SERVICE_NAMES
from shared.units import Unit
from shared.writes import announce, touch

JOB, FORGET_JOB = "data_exports.run", "data_exports.forget"
LARGEST = 1 << 40  # it is our own; the disk is the limit
_OTHERS = tuple(name for name in SERVICE_NAMES if name != "districts")


async def run(job: JobContext) -> dict[str, Any] | None:
    export_id = UUID(job.args["export_id"])
    async with job.unit() as unit:
        row = await of_job(unit, export_id)
        if row.state == DataExportState.READY:
            return None
        ids = await ids_of(unit, row.person_id)
        parts: dict[str, Any] = {
            "districts": await export_person(unit.connection, "districts", PERSONAL, unit.district_id, ids)
        }
    for number, service in enumerate(_OTHERS, 1):
        await job.progress(number, len(_OTHERS) + 1, f"asking {service}")
        path = f"/internal/{service}/personal-data"
        parts[service] = await ask(job.runtime.peers[service], path, district_id=str(job.district_id), ids=ids)
    packed = await asyncio.to_thread(lambda: zip_of(files_of(parts)))
    blob = await job.runtime.blobs.put(job.district_id, packed, LARGEST)
    async with job.unit() as unit:
        row = await of_job(unit, export_id, lock=True)
        expires_at = unit.now + timedelta(days=settings_of(job.runtime).data_export_days)
        values = {
            "state": DataExportState.READY.value, "sha256": blob.sha256, "size": blob.size, "rows": counted(parts),
            "problem": None, "expires_at": expires_at,
        }  # fmt: skip
        announce(unit, "data_export.ready", "data-exports", row, told(row), touch(unit, row, values))
        await start_job(unit, job.runtime.queue, FORGET_JOB, {"export_id": str(row.id)}, not_before=expires_at)
        await unit.session.flush()
        await job.succeed(unit, {"data_export_id": str(row.id)})
    return None


async def tell(unit: Unit, args: Mapping[str, Any], state: JobState, problem: Problem) -> None:
    row = await of_job(unit, UUID(args["export_id"]), lock=True)
    changed = touch(unit, row, {"state": DataExportState(state).value, "problem": problem})
    verb = "requested" if state == JobState.QUEUED else row.state
    announce(unit, f"data_export.{verb}", "data-exports", row, told(row), changed)


async def forget(job: JobContext) -> None:
    """Delete the zip and say that it has expired."""
    async with job.unit() as unit:
        row = await of_job(unit, UUID(job.args["export_id"]), lock=True)
        sha256 = expire(unit, row)
    if sha256:
        await job.runtime.blobs.delete(job.district_id, sha256)


def expire(unit: Unit, row: DataExport) -> str | None:
    """Mark a download as gone; give the blob that is to be deleted once that is kept. No other one has these bytes."""
    sha256 = row.sha256
    changed = touch(unit, row, {"state": DataExportState.EXPIRED.value, "sha256": None, "size": None})
    announce(unit, "data_export.expired", "data-exports", row, told(row), changed)
    return sha256


def told(row: DataExport) -> dict[str, Any]:
    return {"id": row.id, "version": row.version, "archived": row.archived_at is not None, "state": row.state}

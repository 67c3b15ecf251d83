"""What an import job has put so far, kept in the transaction that puts it: begun again, it still knows its own work."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from shared.database import Connection
from shared.units import Unit

CREATED, CHANGED, UNCHANGED = "created", "changed", "unchanged"


async def put_before(unit: Unit, job_id: UUID) -> dict[int, str]:
    """Give what earlier attempts of the job did, by line."""
    rows = await unit.connection.fetch(
        "select created, changed from districts.table_import_lines where district_id = $1 and job_id = $2",
        unit.district_id, job_id,
    )  # fmt: skip
    return {line: outcome for row in rows for outcome in (CREATED, CHANGED) for line in row[outcome]}


async def keep(unit: Unit, job_id: UUID, put: Mapping[int, str]) -> None:
    if put:
        await unit.connection.execute(
            """insert into districts.table_import_lines (district_id, job_id, first_line, created, changed)
               values ($1, $2, $3, $4, $5)""",
            unit.district_id, job_id, min(put),
            *([line for line, outcome in put.items() if outcome == kind] for kind in (CREATED, CHANGED)),
        )  # fmt: skip


async def forget_job(unit: Unit, job_id: UUID) -> None:
    await unit.connection.execute(
        "delete from districts.table_import_lines where district_id = $1 and job_id = $2", unit.district_id, job_id
    )


async def forget_upload(connection: Connection, district_id: UUID, sha256: str, until: datetime) -> None:
    """Forget what jobs of that upload have put which did not succeed: they can go on no more."""
    await connection.execute(
        """delete from districts.table_import_lines l using districts.jobs j
           where l.district_id = $1 and j.district_id = $1 and j.id = l.job_id and j.args ->> 'sha256' = $2
             and j.created_at <= $3""",
        district_id, sha256, until,
    )  # fmt: skip

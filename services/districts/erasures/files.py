"""Files in which an erased person still is: the person's downloads, roster exports, uploads that were dealt with."""

from services.districts.erasures.erasing import Subjects
from shared.jobs.running import JobContext

# An upload is needed until its import has ended: a revert goes by the history, not by the file.
_UPLOADS = """
select distinct i.sha256 from districts.roster_imports i
where i.district_id = $1 and i.state in ('applied', 'reverted', 'refused', 'cancelled', 'failed')
  and not exists (select from districts.roster_imports o where o.district_id = $1 and o.sha256 = i.sha256
                  and o.state not in ('applied', 'reverted', 'refused', 'cancelled', 'failed'))"""


async def delete_files(job: JobContext, subjects: Subjects) -> None:
    """Delete them, first what is nobody's any more: to do it twice is harmless. Of a kind alone no file is made."""
    if not subjects.people:
        return
    async with job.runtime.database.transaction(job.district_id) as connection:
        uploads = [row["sha256"] for row in await connection.fetch(_UPLOADS, job.district_id)]
        exports = await connection.fetch(
            "select sha256 from districts.roster_exports where district_id = $1 and state = 'ready'", job.district_id
        )
        downloads = await connection.fetch(
            """select sha256 from districts.data_exports
               where district_id = $1 and state = 'ready' and person_id = any($2)""",
            job.district_id, list(subjects.people),
        )  # fmt: skip
    for sha256 in {*uploads, *(row["sha256"] for row in (*exports, *downloads))} - {None}:
        await job.runtime.blobs.delete(job.district_id, sha256)
    async with job.runtime.database.transaction(job.district_id) as connection:
        await connection.execute(
            """update districts.roster_exports set state = 'expired', version = version + 1, updated_at = now()
               where district_id = $1 and state = 'ready'""",
            job.district_id,
        )
        await connection.execute(
            """update districts.data_exports set state = 'expired', version = version + 1, updated_at = now()
               where district_id = $1 and state = 'ready' and person_id = any($2)""",
            job.district_id, list(subjects.people),
        )  # fmt: skip

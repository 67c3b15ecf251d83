"""The job that lets OneRoster out show the ids of the system that the district's settings name."""

from typing import Any

from services.districts.districts.service import announced, require_district
from services.districts.oneroster import naming
from services.districts.roster_imports.importing import open_for_sets
from shared.jobs.running import JobContext
from shared.writes import touch


async def run(job: JobContext) -> dict[str, Any] | None:
    """Rename all at once, or nothing. What the settings name by now counts: the last word wins."""
    async with job.unit() as unit:
        await open_for_sets(unit.connection, unit.district_id)
        district = await require_district(unit, lock=True)
        source = district.primary_source
        if source != district.shown_source:
            await job.progress(0, 1, "renaming")
            await naming.switch(unit.connection, unit.district_id, unit.now, source)
            await unit.session.refresh(district)
        announced(unit, district, touch(unit, district, {"renaming_job_id": None}))
        await unit.session.flush()
        await job.succeed(unit, {"primary_source": source})
    return None

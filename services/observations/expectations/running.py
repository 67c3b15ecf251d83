"""The job that lets the rows of everybody follow a policy, a hundred people at a time."""

from uuid import UUID

from services.observations.expectations.counting import in_parts
from services.observations.expectations.materialising import follow
from shared.jobs.running import JobContext

_CONCERNED = """
    select distinct person_id from observations.copied_staff_assignments where district_id = $1
    union select teacher_id from observations.expectations where district_id = $1 and policy_id = $2
    order by 1"""


async def run(job: JobContext) -> dict[str, int]:
    policy_id = UUID(job.args["policy_id"])
    async with job.unit(hot=True) as unit:
        rows = await unit.connection.fetch(_CONCERNED, unit.district_id, policy_id)
    people = [row["person_id"] for row in rows]
    done = 0
    for some in in_parts(people):
        async with job.unit(hot=True) as unit:
            await follow(unit.connection, unit.district_id, unit.now, some, policy_id)
        done += len(some)
        await job.progress(done, len(people))
    return {"people": len(people)}

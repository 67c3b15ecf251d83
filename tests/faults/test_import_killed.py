"""kill -9 of the worker in the middle of a roster import: nothing of it is seen until all of it is."""

import signal

import orjson

from tests.districts.rosters import read_all, zipped
from tests.faults.forked import workers

FIRST = ("reading users.csv", "planning users.csv", "planning enrollments.csv", "end")
LATER = ("reading users.csv", "planning users.csv", "end")  # its other files come again, so nobody reads them


async def work(killed, job, place=""):
    await killed.start(f"{job} {place}")
    return await killed.end()


async def sent(http, roster):
    answer = await http.post("/v1/roster-imports", content=roster, headers={"Content-Type": "application/zip"})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def names(district):
    return sorted((p["id"], p["family_name"]) for p in await read_all(district, "/v1/people"))


async def test_an_import_is_whole_or_not_there_wherever_its_worker_is_killed(district):
    settings = orjson.dumps(district.stack.settings, default=str).decode()
    works = workers("tests.faults.killable_import", settings, str(district.id))
    async with district.client() as http, works as killed:
        for roster, places in ((zipped(), FIRST), (zipped(changed=0.2), LATER)):
            before = await names(district)
            made = await sent(http, roster)
            for place in places:
                assert await work(killed, made["job_id"], place) == -signal.SIGKILL, place
                assert await names(district) == before, place
                state = (await http.get(f"/v1/roster-imports/{made['id']}")).json()["state"]
                assert state in {"received", "validated", "planned"}, place
            assert await work(killed, made["job_id"]) == 0
            done = (await http.get(f"/v1/roster-imports/{made['id']}")).json()
            assert (done["state"], done["files"]["users"]["rows"]) == ("applied", 73)
            after = await names(district)
            assert len(after) == 13
            assert after != before
            async with district.stack.runtimes["districts"].database.transaction(district.id) as connection:
                told = await connection.fetch(
                    """select entity_id from districts.outbox where district_id = $1 and entity = 'roster-imports'
                       and type = 'roster_import.applied' and entity_id = $2""",
                    district.id,
                    done["id"],
                )
            assert len(told) == 1
            await district.stack.settle()

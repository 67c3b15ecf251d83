"""Students never appear in what districts tells: neither in the log, nor in the feed, nor in any copy."""

import orjson

from shared.settings import SERVICE_NAMES
from shared.testing.stack import District
from tests.districts.rosters import upload, zipped


async def test_no_student_is_told_of(district: District) -> None:
    await upload(district, zipped())
    await district.stack.settle()
    database = district.stack.runtimes["districts"].database
    async with database.transaction(district.id) as connection:
        people = await connection.fetch("select id, family_name, email, is_staff from districts.people")
        payloads = await connection.fetch("select payload from districts.outbox")
        told = await connection.fetch("select entity_id, ids from districts.event_log")
    staff = {row["id"] for row in people if row["is_staff"]}
    students = {row["id"] for row in people} - staff
    assert len(students) > 30
    named = {row["entity_id"] for row in told} | {id_ for row in told for id_ in row["ids"] or ()}
    assert staff <= named
    assert not students & named
    feed = b"".join(orjson.dumps(row["payload"]) for row in payloads).decode()
    assert not [student for student in students if str(student) in feed]
    for service in SERVICE_NAMES:
        async with district.stack.runtimes[service].database.transaction(district.id) as connection:
            copied = {row["id"] for row in await connection.fetch(f"select id from {service}.copied_people")}
            stands = await connection.fetch(f"select person_id from {service}.copied_relationships")
        assert copied == staff
        assert not students & {row["person_id"] for row in stands}
    async with district.client() as http:
        assert not [s for s in students if str(s) in (await http.get("/v1/events", params={"limit": 500})).text]
        assert not [s for s in students if str(s) in (await http.get("/v1/enrollments", params={"limit": 500})).text]
        assert not [s for s in students if str(s) in (await http.get("/v1/people", params={"limit": 500})).text]

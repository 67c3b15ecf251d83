"""Professional learning over HTTP: plan, deliver, attend, earn; and the work plan that it carries out."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from shared.clock import new_id
from shared.local.servers import Urls
from shared.testing.stack import District
from shared.testing.staff import Staff, small_staff


@pytest.fixture
async def staff(district: District) -> Staff:
    return await small_staff(district)


@pytest.fixture
async def other(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    """A connection of somebody else's, for what happens at the same time."""
    connection = await asyncpg.connect(urls.migration_database_url)
    yield connection
    await connection.close()


async def offer(staff: Staff, **more: object) -> UUID:
    activity = new_id()
    body = {
        "title": "Talk that teaches", "format": "workshop", "org_id": str(staff.schools[0]), "required_minutes": 100,
        "contact_hours": 3.0, "target_look_for_ids": [str(new_id())],
    } | more  # fmt: skip
    async with staff.district.client(staff["principal"]) as http:
        answer = await http.put(f"/v1/pl-activities/{activity}", json=body)
        assert answer.status_code == 201, answer.text
    return activity


async def plan_session(staff: Staff, activity: UUID, who: str = "principal") -> tuple[UUID, str]:
    session = new_id()
    body = {"activity_id": str(activity), "starts_at": "2026-02-03T15:00:00Z", "minutes": 90}
    async with staff.district.client(staff[who]) as http:
        answer = await http.put(f"/v1/pl-sessions/{session}", json=body)
    assert answer.status_code == 201, answer.text
    return session, answer.headers["ETag"]


async def deliver(staff: Staff, session: UUID, etag: str, minutes: dict[str, int], who: str = "principal"):
    attendance = [{"person_id": str(staff[name]), "minutes": m} for name, m in minutes.items()]
    async with staff.district.client(staff[who]) as http:
        return await http.post(
            f"/v1/pl-sessions/{session}/deliver", json={"attendance": attendance}, headers={"If-Match": etag}
        )


async def complete(staff: Staff, activity: UUID):
    async with staff.district.client(staff["principal"]) as http:
        etag = (await http.get(f"/v1/pl-activities/{activity}")).headers["ETag"]
        return await http.post(f"/v1/pl-activities/{activity}/complete", headers={"If-Match": etag})


async def test_whoever_attended_enough_is_credited_once(staff: Staff) -> None:
    activity = await offer(staff)
    for minutes in ({"teacher": 90, "colleague": 90}, {"teacher": 60}):
        session, etag = await plan_session(staff, activity)
        answer = await deliver(staff, session, etag, minutes)
        assert answer.json()["state"] == "delivered", answer.text
    assert (await complete(staff, activity)).json()["state"] == "completed"
    again = await complete(staff, activity)
    assert (again.status_code, again.json()["possible"]) == (409, [])
    ledgers = {}
    for who in ("teacher", "colleague", "principal", "stranger"):
        async with staff.district.client(staff[who]) as http:
            credits_ = (await http.get("/v1/credits")).json()["data"]
        ledgers[who] = [(c["person_id"] == str(staff["teacher"]), c["contact_hours"]) for c in credits_]
    assert ledgers == {"teacher": [(True, 3.0)], "colleague": [], "principal": [(True, 3.0)], "stranger": []}


async def test_nothing_delivered_earns_nothing(staff: Staff) -> None:
    answer = await complete(staff, await offer(staff))
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("nothing-delivered")


async def test_attendance_can_be_corrected_and_is_shown_to_whom_it_concerns(staff: Staff) -> None:
    session, etag = await plan_session(staff, await offer(staff))
    first = await deliver(staff, session, etag, {"teacher": 90, "colleague": 90})
    second = await deliver(staff, session, first.headers["ETag"], {"teacher": 45})
    assert first.headers["ETag"] != second.headers["ETag"]
    seen = {}
    for who in ("principal", "teacher", "colleague"):
        async with staff.district.client(staff[who]) as http:
            attendance = (await http.get(f"/v1/pl-sessions/{session}")).json()["attendance"]
        seen[who] = [a["minutes"] for a in attendance]
    assert seen == {"principal": [45], "teacher": [45], "colleague": []}


async def test_bad_attendance_changes_nothing(staff: Staff) -> None:
    session, etag = await plan_session(staff, await offer(staff))
    async with staff.district.client(staff["principal"]) as http:
        twice = [{"person_id": str(staff["teacher"]), "minutes": 1}] * 2
        nobody = [{"person_id": str(new_id()), "minutes": 1}]
        for attendance in (twice, nobody):
            answer = await http.post(
                f"/v1/pl-sessions/{session}/deliver", json={"attendance": attendance}, headers={"If-Match": etag}
            )
            assert answer.status_code == 422
        assert (await http.get(f"/v1/pl-sessions/{session}")).json()["state"] == "planned"


async def test_only_leaders_and_the_facilitator_run_it(staff: Staff) -> None:
    activity = await offer(staff)
    body = {"activity_id": str(activity), "starts_at": "2026-02-03T15:00:00Z", "minutes": 90}
    own = body | {"facilitator_id": str(staff["colleague"])}
    async with staff.district.client(staff["colleague"]) as http:
        assert (await http.put(f"/v1/pl-sessions/{new_id()}", json=own)).status_code == 403
    session = new_id()
    async with staff.district.client(staff["principal"]) as http:
        made = await http.put(f"/v1/pl-sessions/{session}", json=own)
    answer = await deliver(staff, session, made.headers["ETag"], {"teacher": 90}, who="colleague")
    assert answer.status_code == 200, answer.text
    async with staff.district.client(staff["teacher"]) as http:
        assert (await http.put(f"/v1/pl-activities/{activity}", json={})).status_code == 422
        assert (await http.post(f"/v1/pl-activities/{activity}/cancel", headers={"If-Match": "*"})).status_code == 403


async def test_a_work_plan_is_adopted_with_an_action_and_orphans_are_found(staff: Staff) -> None:
    plan, orphan = new_id(), new_id()
    async with staff.district.client(staff["principal"]) as http:
        made = await http.put(
            f"/v1/work-plans/{plan}", json={"title": "2026", "org_id": str(staff.schools[0]), "school_year": 2026}
        )
        empty = await http.post(f"/v1/work-plans/{plan}/adopt", headers={"If-Match": made.headers["ETag"]})
        assert empty.status_code == 409
        await http.put(f"/v1/plan-actions/{orphan}", json={"work_plan_id": str(plan), "title": "Do something"})
        adopted = await http.post(f"/v1/work-plans/{plan}/adopt", headers={"If-Match": made.headers["ETag"]})
        assert adopted.json()["state"] == "adopted"
        found = (await http.get("/v1/plan-actions", params={"orphan": "true"})).json()["data"]
        assert [action["id"] for action in found] == [str(orphan)]
        loose = await offer(staff)
        tied = await offer(staff, plan_action_id=str(orphan))
        orphans = (await http.get("/v1/pl-activities", params={"orphan": "true"})).json()["data"]
        assert {a["id"] for a in orphans} == {str(loose)}
        assert str(tied) in {a["id"] for a in (await http.get("/v1/pl-activities")).json()["data"]}


async def test_another_districts_rows_do_not_exist(staff: Staff, stack) -> None:
    from shared.testing import stack as made

    activity = await offer(staff)
    other = await made.new_district(stack)
    async with other.client() as http:
        assert (await http.get(f"/v1/pl-activities/{activity}")).status_code == 404
        assert (await http.get("/v1/pl-activities")).json()["data"] == []


async def test_a_change_that_waited_for_the_end_does_not_undo_it(staff: Staff, other: asyncpg.Connection) -> None:
    activity = await offer(staff)
    async with staff.district.client(staff["principal"]) as http:
        now_is = (await http.get(f"/v1/pl-activities/{activity}")).json()
        body = {name: now_is[name] for name in ("title", "format", "org_id", "required_minutes", "contact_hours")}
        async with other.transaction():
            row = (staff.district.id, activity)
            await other.execute(
                "update coaching.pl_activities set state = 'completed' where district_id = $1 and id = $2", *row
            )
            change = asyncio.create_task(
                http.put(f"/v1/pl-activities/{activity}", json=body | {"title": "New"}, headers={"If-Match": "*"})
            )
            await asyncio.sleep(0.3)
            assert not change.done()
        answer = await change
        assert (answer.status_code, answer.json().get("state")) == (409, "completed")

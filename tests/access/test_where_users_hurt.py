"""What districts told of products whose rights derive from HR data and go wrong; each as one of them would say it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

import shared.clock
from shared.clock import new_id
from shared.testing.stack import District
from tests.districts.rosters import csv_zip, upload
from tests.observations.scenes import iso

Json = dict[str, Any]
ORGS = "sourcedId,name,type,parentSourcedId\nd,District,district,\nn,North,school,d\ns,South,school,d\n"
USERS = ["ann", "ben", "cyd", "dee", "eve"]


def roster(*roles: str) -> bytes:
    """Give last night's file: `person,role,org[,begin,end]`."""
    users = "sourcedId,enabledUser,username,givenName,familyName\n" + "".join(f"{u},true,{u},{u},T\n" for u in USERS)
    lines = [[*role.split(","), "", ""][:5] for role in roles]
    rows = "".join(f"{n},{p},primary,{r},{b},{e},{o}\n" for n, (p, r, o, b, e) in enumerate(lines))
    head = "sourcedId,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\n"
    return csv_zip(orgs=ORGS, users=users, roles=head + rows)


class Town:
    """A district that imports its roster every night."""

    def __init__(self, district: District) -> None:
        self.district = district

    async def night(self, *roles: str) -> None:
        done = await upload(self.district, roster(*roles), expected="applied")
        assert done["state"] == "applied"

    async def ids(self, noun: str) -> dict[str, str]:
        async with self.district.client() as http:
            rows = (await http.get(f"/v1/{noun}", params={"limit": 500})).json()["data"]
        return {row.get("given_name") or row["name"]: row["id"] for row in rows}

    async def put(self, noun: str, body: Json, status: int = 201) -> Json:
        async with self.district.client() as http:
            answer = await http.put(f"/v1/{noun}/{new_id()}", json=body)
        assert answer.status_code == status, answer.text
        await self.district.stack.settle()
        return dict(answer.json())

    async def people(self) -> dict[str, UUID]:
        return {name: UUID(id_) for name, id_ in (await self.ids("people")).items()}

    async def records(self, observer: str, teacher: str, school: str = "North", **more: Any) -> int:
        """Say what the observer gets who records a visit to the teacher."""
        people, orgs = await self.people(), await self.ids("orgs")
        at = iso(datetime.now(UTC) - timedelta(minutes=5))
        visit = {
            "purpose": "coaching", "type": "informal", "state": "submitted", "teacher_id": str(people[teacher]),
            "school_id": orgs[school], "script": [{"id": str(new_id()), "at": at, "text": "T asks.", "codes": []}],
        } | more  # fmt: skip
        async with self.district.client(people[observer]) as http:
            return (await http.post("/v1/observations", json=visit)).status_code

    async def access(self, name: str, **as_of: str) -> Json:
        person = (await self.people())[name]
        async with self.district.client() as http:
            return dict((await http.get(f"/v1/people/{person}/access", params=as_of)).json())


@pytest.fixture
def town(district: District) -> Town:
    return Town(district)


async def test_our_assistant_to_the_principal_became_principal(town: Town) -> None:
    """ "They look for the word principal in the job title." We take roles, never a title: an aide stays an aide."""
    await town.night("ann,principal,n", "ben,aide,n", "cyd,teacher,n")
    async with town.district.client() as http:
        ben = (await town.people())["ben"]
        answer = await http.patch(
            f"/v1/people/{ben}", json={"preferred_given_name": "Principal Ben"}, headers={"If-Match": "*"}
        )
        assert answer.status_code == 200, answer.text
    await town.district.stack.settle()
    assert (await town.access("ben"))["leads"] == []
    assert await town.records("ben", "cyd") == 403
    assert await town.records("ann", "cyd") == 201


async def test_our_dean_who_also_teaches_lost_one_of_the_two(town: Town) -> None:
    """ "They take the first role that is not empty." Every role counts, also two at once and at two schools."""
    await town.night("ann,teacher,n", "ann,principal,s", "ben,teacher,s", "cyd,principal,n")
    orgs, access = await town.ids("orgs"), await town.access("ann")
    assert (access["leads"], sorted(access["belongs_to"])) == ([orgs["South"]], sorted([orgs["North"], orgs["South"]]))
    assert await town.records("ann", "ben", "South") == 201
    assert await town.records("cyd", "ann") == 201


async def test_she_left_in_june_and_still_saw_everything(town: Town) -> None:
    """ "Nobody ends rights when a job ends." The last day is part of the right, whether another file comes or not."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    await town.night(f"ann,principal,n,2025-08-01,{yesterday}", "ann,teacher,s", "ben,teacher,n")
    assert await town.records("ann", "ben") == 403
    assert (await town.access("ann"))["leads"] == []
    assert (await town.access("ann", as_of=yesterday))["leads"] == [(await town.ids("orgs"))["North"]]


async def test_her_rights_end_at_midnight_without_any_event(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    today = datetime.now(UTC).date()
    await town.night(f"ann,principal,n,,{today.isoformat()}", "ann,teacher,s", "ben,teacher,n")
    assert await town.records("ann", "ben") == 201
    people, orgs = await town.people(), await town.ids("orgs")
    staffed = {"person_id": str(people["ben"]), "org_id": orgs["North"], "position": "teacher"}
    held = await town.put("staff-assignments", staffed | {"begin_date": "2026-01-01"})
    async with town.district.client(people["ann"]) as http:
        assert (await http.get(f"/v1/staff-assignments/{held['id']}")).status_code == 200

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(days=1)

    monkeypatch.setattr(shared.clock, "datetime", Tomorrow)
    async with town.district.client(people["ben"]) as http:
        seen = (await http.get("/v1/observations")).json()["data"]
    async with town.district.client(people["ann"]) as http:
        assert (await http.get(f"/v1/staff-assignments/{held['id']}")).status_code == 404
    assert [row["observer_id"] for row in seen] == [str(people["ann"])]
    assert await town.records("ann", "ben") == 403
    monkeypatch.undo()
    assert await town.records("ann", "ben") == 201


async def test_the_nightly_sync_undid_every_correction(town: Town) -> None:
    """ "We fix it by day, the sync breaks it by night." What was withdrawn or granted by hand outlives every sync."""
    night = ("ann,principal,n", "ben,teacher,n", "cyd,teacher,n")
    await town.night(*night)
    people, orgs = await town.people(), await town.ids("orgs")
    async with town.district.client() as http:
        (leads,) = (await http.get("/v1/relationships", params={"kind": "leads"})).json()["data"]
        gone = await http.post(f"/v1/relationships/{leads['id']}/archive", headers={"If-Match": "*"})
        assert gone.status_code == 200
    await town.put("relationships", {"person_id": str(people["ben"]), "kind": "leads", "org_id": orgs["North"]})
    for school in "ns":
        await town.night(*night, f"dee,teacher,{school}")
        assert await town.records("ann", "cyd") == 403
        assert await town.records("ben", "cyd") == 201


async def test_a_coach_saw_all_the_schools_teachers(town: Town) -> None:
    """ "There is one pool for each school." A coach observes, and sees the goals of, their own coachees only."""
    await town.night("ann,teacher,n", "ben,teacher,n", "cyd,teacher,n")
    people, orgs = await town.people(), await town.ids("orgs")
    await town.put(
        "relationships",
        {"person_id": str(people["ann"]), "kind": "coaches", "target_person_id": str(people["ben"])},
    )
    assert await town.records("ann", "ben") == 201
    assert await town.records("ann", "cyd") == 403
    goal = {"level": "individual", "org_id": orgs["North"], "domain": "instruction", "title": "Wait"}
    made = {name: (await town.put("goals", goal | {"owner_id": str(people[name])}))["id"] for name in ("ben", "cyd")}
    async with town.district.client(people["ann"]) as http:
        assert [row["id"] for row in (await http.get("/v1/goals")).json()["data"]] == [made["ben"]]


async def test_our_instructional_lead_had_a_role_and_could_observe_nobody(town: Town) -> None:
    """ "The role needs a seat that HR does not have." A relationship gives the right by itself; no licence, no seat."""
    await town.night("ann,counselor,n", "ben,teacher,n")
    assert await town.records("ann", "ben") == 403
    people, orgs = await town.people(), await town.ids("orgs")
    await town.put("relationships", {"person_id": str(people["ann"]), "kind": "leads", "org_id": orgs["North"]})
    assert await town.records("ann", "ben") == 201
    assert await town.records("ann", "ben", purpose="evaluation") == 403  # that takes an administrative leader


async def test_somebody_was_observed_who_did_not_teach_there_that_day(town: Town) -> None:
    """ "Half of our observations are of people who left." Who is observed teaches there, on the day of the visit."""
    today = datetime.now(UTC).date()
    ended, begins = (today - timedelta(days=30)).isoformat(), (today - timedelta(days=29)).isoformat()
    await town.night("ann,districtAdministrator,d", f"ben,teacher,n,,{ended}", f"ben,teacher,s,{begins},", "cyd,aide,n")
    assert await town.records("ann", "ben", "North") == 422
    assert await town.records("ann", "ben", "South") == 201
    assert await town.records("ann", "cyd", "North") == 422
    then = iso(datetime.now(UTC) - timedelta(days=40))
    assert await town.records("ann", "ben", "North", observed_at=then) == 201
    assert await town.records("ann", "ben", "South", observed_at=then) == 422

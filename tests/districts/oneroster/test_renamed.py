"""Who is called otherwise from now on: consumers that sync by dateLastModified are told that the old id is gone."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from shared.testing.stack import District
from tests.districts.oneroster.samples import ODD, sample
from tests.districts.oneroster.standard import GRADEBOOK, ROSTERING, V1P1, V1P1_GRADEBOOK, Service, faults, references
from tests.districts.oneroster.test_contract import hand_in
from tests.districts.roster_imports.test_rekeying import renumbered
from tests.districts.roster_imports.test_reverting import reverted
from tests.districts.rosters import accept, download, tables, upload, zipped

Row = dict[str, Any]


async def everything(http: httpx.AsyncClient, service: Service, path: str, since: str = "", **more: str) -> list[Row]:
    """Walk along Link, all of it or what changed since."""
    asked: dict[str, Any] = {"limit": 50} | ({"filter": f"dateLastModified>'{since}'"} if since else {}) | more
    answer = await http.get(f"{service.prefix}/{path}", params=asked)
    rows: list[Row] = []
    while True:
        assert answer.status_code == 200, answer.text
        (page,) = answer.json().values()
        rows += page
        if "next" not in answer.links:
            assert len(rows) == int(answer.headers["X-Total-Count"])
            return rows
        answer = await http.get(answer.links["next"]["url"])


class Consumer:
    """Keeps what it was told by sourcedId, as an LMS does, and asks only for what changed since."""

    def __init__(self, http: httpx.AsyncClient, service: Service, path: str = "users") -> None:
        self.http, self.service, self.path = http, service, path
        self.kept: dict[str, Row] = {}
        self.since = ""

    async def sync(self) -> None:
        for row in await everything(self.http, self.service, self.path, self.since):
            if row["status"] == "active":
                self.kept[row["sourcedId"]] = row
            else:
                self.kept.pop(row["sourcedId"], None)
            self.since = max(self.since, row["dateLastModified"])


@pytest.mark.parametrize("service", [ROSTERING, V1P1], ids=str)
async def test_a_sis_renumbers_everybody_and_back_again(district: District, service: Service) -> None:
    first = zipped()
    await upload(district, first)
    async with district.client() as http:
        consumers = [Consumer(http, service, path) for path in ("users", "students", "teachers", "enrollments")]
        users, students, _, seats = consumers
        for consumer in consumers:
            await consumer.sync()
        before = {consumer.path: set(consumer.kept) for consumer in consumers}
        assert (len(users.kept), len(students.kept)) == (73, 60)

        await accept(district, await upload(district, renumbered(first), "held"))
        for consumer in consumers:
            await consumer.sync()
        assert set(users.kept) == {f"new-{one}" for one in before["users"]}
        assert set(students.kept) == {f"new-{one}" for one in before["students"]}
        assert {row["user"]["sourcedId"] for row in seats.kept.values()} <= set(users.kept)
        old = min(before["students"])
        gone = (await http.get(f"{service.prefix}/users/{quote(old, safe='')}")).json()["user"]
        assert (gone["sourcedId"], gone["status"]) == (old, "tobedeleted")
        assert faults(service, "user", gone) == []
        assert (await http.get(f"{service.prefix}/students/{quote(old, safe='')}")).status_code == 200
        found = await http.get(f"{service.prefix}/users", params={"filter": f"sourcedId='{old}'"})
        assert [row["status"] for row in found.json()["users"]] == ["tobedeleted"]
        whole = await everything(http, service, "users")
        assert len({row["sourcedId"] for row in whole}) == len(whole) == 146

        # The ids of before come again: they are the same people's, and now the others are gone.
        await accept(district, await upload(district, zipped(changed=0.01), "held"))
        for consumer in consumers:
            await consumer.sync()
        assert {consumer.path: set(consumer.kept) for consumer in consumers} == before
        assert {row["user"]["sourcedId"] for row in seats.kept.values()} <= set(users.kept)
        assert len(await everything(http, service, "users")) == 146
        people = (await http.get("/v1/people", params={"archived": "include", "count": True})).json()
        assert people["total"] == len(users.kept) - len(students.kept)


async def test_what_is_taken_back_is_told_too(district: District) -> None:
    await upload(district, zipped())
    async with district.client() as http:
        consumer = Consumer(http, ROSTERING)
        await consumer.sync()
        before = set(consumer.kept)
        held = await upload(district, renumbered(zipped()), "held")
        await accept(district, held)
        await consumer.sync()
        await reverted(district, (await http.get(f"/v1/roster-imports/{held['id']}")).json())
        await consumer.sync()
        assert set(consumer.kept) == before
        assert (await http.get(f"{ROSTERING.prefix}/users/new-{min(before)}")).json()["user"]["status"] == "tobedeleted"


async def test_a_delta_of_the_csv_export_tells_it(district: District) -> None:
    await upload(district, zipped())
    done, before = await download(district)
    await upload(district, renumbered(zipped(), few=3))
    _, content = await download(district, since=done["as_of"])
    told = {row["sourcedId"]: row["status"] for row in tables(content)["users"]}
    assert sorted(told.values()) == ["active"] * 3 + ["tobedeleted"] * 3
    assert {one.removeprefix("new-") for one in told} == {one for one in told if not one.startswith("new-")}
    _, bulk = await download(district)
    assert len(tables(bulk)["users"]) == 73
    known = {row["sourcedId"] for of in (before, bulk) for row in tables(of)["roles"]}
    assert {row["sourcedId"] for row in tables(content)["roles"]} <= known


async def settings(district: District, **patch: Any) -> Row:
    """Change the settings, let the job run, and give what is so then."""
    async with district.client() as http:
        etag = (await http.get("/v1/settings")).headers["ETag"]
        answer = await http.patch("/v1/settings", json=patch, headers={"If-Match": etag})
        assert answer.status_code == 200, answer.text
        await district.stack.settle()
        found: Row = (await http.get("/v1/settings")).json()
    assert found["job"] is None
    return found


async def call(district: District, **ids: str) -> None:
    """Give rows ids of the system `state`, by the sourcedIds of the roster: `people_t1="S-1"`."""
    async with district.client() as http:
        for name, said in ids.items():
            noun, _, sourced_id = name.partition("_")
            (row,) = (await http.get(f"/v1/{noun}", params={"external_id": f"oneroster:{sourced_id}"})).json()["data"]
            answer = await http.patch(
                f"/v1/{noun}/{row['id']}", json={"external_ids": {"state": said}}, headers={"If-Match": "*"}
            )
            assert answer.status_code == 200, answer.text


async def test_the_ids_of_the_primary_source_are_shown_everywhere(district: District) -> None:
    await upload(district, sample())
    await hand_in(district)
    await call(district, people_t1="ST-1", people_h1="ST-2", orgs_s2="ORG/2", classes_k2="SEC.2")
    async with district.client() as http:
        lms = [Consumer(http, ROSTERING, path) for path in ("users", "enrollments")]
        for one in lms:
            await one.sync()
        before = await everything(http, ROSTERING, "users")
        assert (await settings(district, primary_source="state"))["shown_source"] == "state"
        for one in lms:
            await one.sync()
        assert {"ST-1", "ST-2"} < set(lms[0].kept)
        assert not {"t1", "h1", ODD} & set(lms[0].kept), "who has no id of that system goes by ours"
        assert {row["user"]["sourcedId"] for row in lms[1].kept.values()} <= set(lms[0].kept)
        for service in (ROSTERING, V1P1, GRADEBOOK, V1P1_GRADEBOOK):
            for operation in service.operations:
                if operation.kind != "collection":
                    continue
                for row in await everything(http, service, operation.path):
                    assert faults(service, operation.one, row) == []
                    for reference in references(row):
                        linked = await http.get(reference["href"])
                        assert next(iter(linked.json().values()))["sourcedId"] == reference["sourcedId"]
        shown = await everything(http, ROSTERING, "classes")
        classes = sorted(row["sourcedId"] for row in shown if row["status"] == "active")
        at_school = "roles.org.sourcedId='ORG/2' AND status='active'"
        for path, expected in {
            "classes?filter=school.sourcedId='ORG/2'": ["SEC.2"],
            "enrollments?filter=user.sourcedId='ST-1' AND class.sourcedId='SEC.2'": ["e5"],
            "users?filter=sourcedId='ST-2'": ["ST-2"],
            f"users?filter={at_school}&sort=sourcedId&orderBy=desc&limit=1": ["ST-1"],
            "schools/ORG%2F2/classes": ["SEC.2"], "schools/ORG%2F2/classes/SEC.2/teachers": ["ST-1"],
            "teachers/ST-1/classes?sort=sourcedId": classes,
        }.items():  # fmt: skip
            answer = await http.get(f"{ROSTERING.prefix}/{path}")
            (rows,) = answer.json().values()
            active = [row["sourcedId"] for row in rows if row["status"] == "active"]
            assert active == expected, path
        shown = await everything(http, ROSTERING, "users", sort="sourcedId")
        assert [row["sourcedId"] for row in shown] == sorted(row["sourcedId"] for row in shown)
        gone = (await http.get(f"{ROSTERING.prefix}/users/t1")).json()["user"]
        assert (gone["status"], gone["roles"][0]["role"]) == ("tobedeleted", "teacher")
        student = next(row for row in lms[0].kept.values() if row["givenName"] == "Ann")["sourcedId"]
        one = {"lineItem": {"sourcedId": "i2"}, "student": {"sourcedId": student}, "class": {"sourcedId": "SEC.2"}}
        put = await http.put(f"{GRADEBOOK.prefix}/results/r9", json={"result": one})
        assert (put.status_code, put.json()["result"]["student"]["sourcedId"]) == (201, student)
        # What a roster brings anew, and what is said by hand, follows.
        await call(district, people_t1="ST-9")
        users = await everything(http, ROSTERING, "users")
        assert {row["sourcedId"]: row["status"] for row in users if row["sourcedId"] in {"ST-1", "ST-9"}} == {
            "ST-1": "tobedeleted", "ST-9": "active",
        }  # fmt: skip
        rows = tables((await download(district))[1])
        assert {"ST-2", "ST-9"} < {row["sourcedId"] for row in rows["users"]}
        assert {row["userSourcedId"] for row in rows["roles"]} <= {row["sourcedId"] for row in rows["users"]}
        assert {"ORG/2", "SEC.2"} <= {row["schoolSourcedId"] for row in rows["classes"]} | {
            row["sourcedId"] for row in rows["classes"]
        }
        agents = {row["sourcedId"]: row["agentSourcedIds"] for row in rows["users"] if row["agentSourcedIds"]}
        assert set(agents.values()) <= {row["sourcedId"] for row in rows["users"]}
        await settings(district, primary_source=None)
        after = [row for row in await everything(http, ROSTERING, "users") if row["status"] == "active"]
        assert {row["sourcedId"] for row in after} == {row["sourcedId"] for row in before}


async def test_of_organisations_and_classes_the_old_ids_are_told_to_be_gone(district: District) -> None:
    await upload(district, sample())
    await call(district, orgs_s2="ST-2", classes_k2="ST-K2")
    async with district.client() as http:
        consumers = [Consumer(http, ROSTERING, path) for path in ("orgs", "schools", "classes", "enrollments")]
        orgs, schools, classes, seats = consumers
        for consumer in consumers:
            await consumer.sync()
        before = {consumer.path: set(consumer.kept) for consumer in consumers}
        assert {"s2", "S/1"} <= before["schools"]
        since = (await download(district))[0]["as_of"]
        await settings(district, primary_source="state")
        for consumer in consumers:
            await consumer.sync()
        assert {"ST-2", "ST-K2"} <= set(orgs.kept) | set(classes.kept)
        assert not before["orgs"] & set(orgs.kept)
        assert not before["classes"] & set(classes.kept)
        assert (len(orgs.kept), len(classes.kept)) == (len(before["orgs"]), len(before["classes"]))
        assert {row["class"]["sourcedId"] for row in seats.kept.values()} <= set(classes.kept)
        for path, old, one in (("schools", "s2", "org"), ("classes", "k2", "class")):
            gone = (await http.get(f"{ROSTERING.prefix}/{path}/{old}")).json()[one]
            assert (gone["sourcedId"], gone["status"]) == (old, "tobedeleted")
            assert faults(ROSTERING, one, gone) == []
        # A delta by file tells it too; what is ours does not know of them, and nothing can be handed in for them.
        told = tables((await download(district, since=since))[1])
        assert {row["sourcedId"]: row["status"] for row in told["classes"]}["k2"] == "tobedeleted"
        assert len((await http.get("/v1/orgs", params={"archived": "include"})).json()["data"]) == len(orgs.kept)
        assert len((await http.get("/v1/classes", params={"archived": "include"})).json()["data"]) == len(classes.kept)
        item = {"lineItem": {"title": "X", "class": {"sourcedId": "k2"}}}
        assert (await http.put("/ims/oneroster/gradebook/v1p2/lineItems/x", json=item)).status_code == 422
        # A row that is called otherwise later, and the way back: the ids of then are gone in their turn.
        (row,) = (await http.get("/v1/orgs", params={"external_id": "state:ST-2"})).json()["data"]
        renamed = {"external_ids": {"state": "ST-3"}}
        await http.patch(f"/v1/orgs/{row['id']}", json=renamed, headers={"If-Match": "*"})
        for consumer in consumers:
            await consumer.sync()
        assert ("ST-2" in schools.kept, "ST-3" in schools.kept) == (False, True)
        await settings(district, primary_source=None)
        await upload(district, sample())
        for consumer in consumers:
            await consumer.sync()
        assert {consumer.path: set(consumer.kept) for consumer in consumers} == before


async def test_an_id_that_two_have_is_shown_of_the_first(district: District) -> None:
    await upload(district, sample())
    await settings(district, primary_source="state")
    await call(district, people_t1="X", people_h1="X")
    async with district.client() as http:
        found = await everything(http, ROSTERING, "users", filter="sourcedId='X'")
        assert [row["givenName"] for row in found] == ["Tess"]
        refused = await http.patch("/v1/settings", json={"primary_source": "oneroster"}, headers={"If-Match": "*"})
        assert refused.status_code == 422

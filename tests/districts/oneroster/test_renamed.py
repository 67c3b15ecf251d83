"""Who is called otherwise from now on: consumers that sync by dateLastModified are told that the old id is gone."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from shared.testing.stack import District
from tests.districts.oneroster.standard import ROSTERING, V1P1, Service, faults
from tests.districts.roster_imports.test_rekeying import renumbered
from tests.districts.roster_imports.test_reverting import reverted
from tests.districts.rosters import accept, download, tables, upload, zipped

Row = dict[str, Any]


async def everything(http: httpx.AsyncClient, service: Service, path: str, since: str = "") -> list[Row]:
    """Walk along Link, all of it or what changed since."""
    asked: dict[str, Any] = {"limit": 50} | ({"filter": f"dateLastModified>'{since}'"} if since else {})
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

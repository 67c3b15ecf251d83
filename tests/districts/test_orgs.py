"""Organisations are a tree, whatever is moved below what, and by how many at once."""

import asyncio
from uuid import UUID

import httpx

from shared.clock import new_id
from shared.testing.stack import District


async def two_schools(http: httpx.AsyncClient) -> tuple[UUID, UUID]:
    schools = new_id(), new_id()
    for school in schools:
        made = await http.put(f"/v1/orgs/{school}", json={"name": "School", "type": "school"})
        assert made.status_code == 201
    return schools


async def move(http: httpx.AsyncClient, org: UUID, below: UUID) -> int:
    answer = await http.patch(f"/v1/orgs/{org}", json={"parent_id": str(below)}, headers={"If-Match": '"1"'})
    return answer.status_code


async def test_two_moves_at_once_make_no_circle(district: District) -> None:
    async with district.client() as http:
        for _ in range(5):
            one, other = await two_schools(http)
            assert sorted(await asyncio.gather(move(http, one, other), move(http, other, one))) == [200, 422]


async def test_nothing_stands_above_itself(district: District) -> None:
    async with district.client() as http:
        one, other = await two_schools(http)
        assert [await move(http, one, one), await move(http, one, other), await move(http, other, one)] == [
            422,
            200,
            422,
        ]


async def test_ids_of_other_systems_are_merged_and_null_removes_one(district: District) -> None:
    for address, made in (
        (f"/v1/orgs/{new_id()}", {"name": "School", "type": "school"}),
        (f"/v1/people/{new_id()}", {"given_name": "Lena", "family_name": "Ober"}),
    ):
        async with district.client() as http:
            first = await http.put(address, json=made | {"external_ids": {"sis": "1", "hr": "2"}})
            assert first.status_code == 201, first.text
            ids = {"hr": None, "lms": "3"}
            merged = await http.patch(address, json={"external_ids": ids}, headers={"If-Match": '"1"'})
            assert merged.json()["external_ids"] == {"sis": "1", "lms": "3"}
            again = await http.patch(address, json={"external_ids": ids}, headers={"If-Match": '"1"'})
            assert (again.status_code, again.headers["ETag"]) == (200, '"2"')
            many = {f"system-{number}": "1" for number in range(19)}
            refused = await http.patch(address, json={"external_ids": many}, headers={"If-Match": '"2"'})
            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/external_ids")

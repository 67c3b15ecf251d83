"""What the tests of merging ask for, over HTTP."""

from typing import Any

import httpx

from shared.clock import new_id
from shared.testing.stack import District
from tests.districts.rosters import read_all
from tests.districts.setting import Setting, put

# What there is of people, and so what a merge must give back.
LISTS = ("people", "relationships", "staff-assignments", "leaves", "enrollments")
MOVING = {"version", "updated_at"}


async def seen(district: District, **parameters: Any) -> dict[str, Any]:
    found = {}
    for path in LISTS:
        rows = await read_all(district, f"/v1/{path}", archived="include", **parameters)
        found[path] = [{k: v for k, v in row.items() if k not in MOVING} for row in rows]
    return found


async def tag(http: httpx.AsyncClient, person: str) -> dict[str, str]:
    return {"If-Match": (await http.get(f"/v1/people/{person}")).headers["ETag"]}


async def merge(http: httpx.AsyncClient, person: str, into: str, **more: Any) -> httpx.Response:
    headers = await tag(http, person)
    return await http.post(f"/v1/people/{person}/merge", json={"into": into, **more}, headers=headers)


async def unmerge(http: httpx.AsyncClient, person: str) -> httpx.Response:
    return await http.post(f"/v1/people/{person}/unmerge", headers=await tag(http, person))


async def twin_of(setting: Setting, *roles: dict[str, Any], **more: Any) -> str:
    """Put somebody who is to turn out to be another one."""
    person = str(new_id())
    body = {"given_name": "Twin", "family_name": "Test", "roles": list(roles), **more}
    async with setting.district.client() as http:
        await put(http, f"/v1/people/{person}", body)
    return person

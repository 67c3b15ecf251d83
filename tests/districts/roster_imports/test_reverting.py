"""An import taken back: the roster is as it was before it, or all stays and the reasons are told."""

from typing import Any

import httpx
import pytest

from services.districts.roster_imports.records import last_applied
from shared.clock import new_id
from shared.testing.stack import District
from tests.districts.rosters import accept, read_all, upload, zipped
from tests.districts.setting import put

PROVIDER = "/ims/oneroster/rostering/v1p2"
COLLECTIONS = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments")
NOUNS = ("people", "relationships", "orgs", "terms", "courses", "classes", "enrollments")
ONLY_THE_LAST = "Only the import that was applied last can be taken back"
MOVING = {"version", "updated_at", "dateLastModified"}


async def seen(district: District) -> dict[str, list[dict[str, Any]]]:
    """Give all that is active, as it is read from outside, without what only counts changes."""
    found: dict[str, list[dict[str, Any]]] = {}
    async with district.client() as http:
        for path in COLLECTIONS:
            asked = {"limit": 10_000, "filter": "status='active'", "sort": "sourcedId"}
            found[path] = (await http.get(f"{PROVIDER}/{path}", params=asked)).json()[path]
    for noun in NOUNS:
        found[f"v1/{noun}"] = sorted(await read_all(district, f"/v1/{noun}"), key=lambda row: row["id"])
    return {name: [{k: v for k, v in row.items() if k not in MOVING} for row in rows] for name, rows in found.items()}


async def revert(http: httpx.AsyncClient, import_id: str, if_match: str = "*") -> httpx.Response:
    return await http.post(f"/v1/roster-imports/{import_id}/revert", headers={"If-Match": if_match})


async def reverted(district: District, done: dict[str, Any], expected: str = "reverted") -> dict[str, Any]:
    async with district.client() as http:
        assert done["possible"] == ["revert"]
        answer = await revert(http, done["id"])
        assert (answer.status_code, answer.json()["state"], answer.json()["possible"]) == (202, "reverting", [])
        await district.stack.settle()
        row: dict[str, Any] = (await http.get(f"/v1/roster-imports/{done['id']}")).json()
        job = (await http.get(row["job"])).json()
    assert (row["state"], job["state"]) == (expected, "succeeded" if expected == "reverted" else "failed"), row
    return row


async def test_the_roster_is_as_it_was_before(district: District) -> None:
    first = await upload(district, zipped())
    before = await seen(district)
    later = zipped(teachers=5, changed=0.3, dropped=0.05)
    done = await upload(district, later)
    assert all(done["files"]["users"][kind] for kind in ("new", "changed", "ended"))
    after = await seen(district)
    await reverted(district, done)
    assert await seen(district) == before
    assert (await upload(district, zipped()))["same_as"] == first["id"]
    again = await upload(district, later)
    assert again["same_as"] is None
    assert await seen(district) == after


async def test_a_first_roster_is_taken_back_whole(district: District) -> None:
    done = await upload(district, zipped())
    repeats = [await upload(district, zipped()) for _ in range(2)]
    assert [(repeat["same_as"], repeat["possible"]) for repeat in repeats] == [(done["id"], [])] * 2
    await reverted(district, done)
    assert not any((await seen(district)).values())
    async with district.client() as http:
        for repeat in repeats:
            assert (await http.get(f"/v1/roster-imports/{repeat['id']}")).json()["state"] == "reverted"
    # Its bytes are news again.
    again = await upload(district, zipped())
    assert (again["same_as"], again["files"]["users"]["changed"]) == (None, 73)
    assert len(await read_all(district, "/v1/people")) == 13


async def test_only_the_last_one_and_only_once(district: District) -> None:
    first = await upload(district, zipped())
    held = await upload(district, zipped(dropped=0.5), "held")
    await accept(district, held)
    async with district.client() as http:
        older = await revert(http, first["id"])
        assert (older.status_code, older.json()["possible"]) == (409, [])
        assert older.json()["detail"] == f"{ONLY_THE_LAST}, and that is {held['id']}."
        assert (await http.get(f"/v1/roster-imports/{first['id']}")).json()["superseded_by"] == held["id"]
        assert (await http.post(f"/v1/roster-imports/{held['id']}/revert")).status_code == 428
        assert (await revert(http, held["id"], '"1"')).status_code == 412
        assert (await revert(http, str(new_id()))).status_code == 404
        assert (await revert(http, held["id"])).status_code == 202
        assert (await revert(http, held["id"])).status_code == 409
        await district.stack.settle()
        assert (await revert(http, held["id"])).status_code == 409
        # The one before it is still superseded: what it had changed is not kept for ever.
        older = await revert(http, first["id"])
        assert (older.status_code, older.json()["last_applied"]) == (409, None)
        assert older.json()["detail"].startswith(f"{ONLY_THE_LAST}. That has been")
    assert len(await read_all(district, "/v1/people")) == 13


async def test_what_came_again_names_the_one_that_brought_it(district: District) -> None:
    first = await upload(district, zipped())
    again = await upload(district, zipped())
    async with district.client() as http:
        refused = (await revert(http, again["id"])).json()
    assert first["id"] in refused["detail"]
    assert (refused["last_applied"], refused["state"]) == (first["id"], "applied")


async def test_one_that_is_being_taken_back_is_what_the_roster_is_of(district: District) -> None:
    """An import that comes in between must not compare with the one before."""
    await upload(district, zipped())
    done = await upload(district, zipped(teachers=5))
    async with district.client() as http:
        assert (await revert(http, done["id"])).status_code == 202
    async with district.stack.runtimes["districts"].database.unit(district.id) as unit:
        latest = await last_applied(unit)
    assert latest is not None
    assert str(latest.id) == done["id"]


@pytest.mark.parametrize("by", ["a change", "a reference"])
async def test_what_depends_on_it_blocks(district: District, by: str) -> None:
    await upload(district, zipped())
    old = {p["id"] for p in await read_all(district, "/v1/people")}
    done = await upload(district, zipped(teachers=5))
    new = next(p for p in await read_all(district, "/v1/people") if p["id"] not in old)
    leave_id = str(new_id())
    async with district.client() as http:
        if by == "a change":
            etag = {"If-Match": "*"}
            changed = await http.patch(f"/v1/people/{new['id']}", json={"given_name": "By-Hand"}, headers=etag)
            assert changed.status_code == 200
            blocker = {"entity": "people", "id": new["id"], "why": "changed since"}
        else:
            leave = {"person_id": new["id"], "kind": "sick", "begin_date": "2026-10-01"}
            await put(http, f"/v1/leaves/{leave_id}", leave)
            blocker = {"entity": "leaves", "id": leave_id, "why": "its person_id is of this import"}
    before = await seen(district)
    row = await reverted(district, done, "applied")
    assert row["problem"]["type"] == "urn:throughline:problem:roster-revert-blocked"
    assert row["problem"]["blocked_by"] == [blocker]
    assert await seen(district) == before
    if by == "a reference":
        async with district.client() as http:
            assert (await http.post(f"/v1/leaves/{leave_id}/archive", headers={"If-Match": "*"})).status_code == 200
        await reverted(district, row)


async def test_a_person_without_the_right_cannot(district: District, other_district: District) -> None:
    done = await upload(district, zipped())
    async with other_district.client() as http:
        assert (await revert(http, done["id"])).status_code == 404

"""What an import would do, said before it is done; the brake, the yes, and stopping it."""

from typing import Any

import httpx
import pytest

from services.districts.roster_imports.rules import Action, ImportState, outcome_of, possible
from shared.testing.stack import District
from tests.districts.rosters import csv_zip, read_all, upload, zipped

USERS = {"mode": "bulk", "rows": 73, "new": 0, "changed": 0, "ended": 0, "unchanged": 0, "rejected": 0, "rekeyed": 0}
GONE = "/ims/oneroster/rostering/v1p2/users?filter=status='tobedeleted'"
ZIP = {"Content-Type": "application/zip"}


async def apply(http: httpx.AsyncClient, done: dict[str, Any], etag: str | None = None) -> httpx.Response:
    if etag is None:
        etag = (await http.get(done["plan"])).headers["ETag"]
    return await http.post(f"/v1/roster-imports/{done['id']}/apply", headers={"If-Match": etag})


async def test_a_dry_run_changes_nothing_and_says_what_it_would_do(district: District) -> None:
    planned = await upload(district, zipped(), "planned", dry_run=True)
    assert planned["files"]["users"] == USERS | {"new": 73}
    assert (planned["is_waiting"], planned["possible"]) == (True, ["apply", "cancel"])
    assert await read_all(district, "/v1/people") == []
    async with district.client() as http:
        answer = await http.get(planned["plan"])
        plan = answer.json()
        assert plan["entities"]["users"]["new"] == 73
        assert len(plan["entities"]["users"]["samples"]["new"]) == 5
        assert plan["over"] == []
        assert (await apply(http, planned)).status_code == 202
        await district.stack.settle()
        done = (await http.get(f"/v1/roster-imports/{planned['id']}")).json()
        assert done["state"] == "applied"
        assert done["files"]["users"] == USERS | {"new": 73}
        # What was done is what was planned.
        assert (await http.get(planned["plan"])).headers["ETag"] == answer.headers["ETag"]
    assert len(await read_all(district, "/v1/people")) == 13


async def test_a_plan_shows_what_changes_and_no_students_name(district: District) -> None:
    await upload(district, zipped())
    planned = await upload(district, zipped(changed=1.0, dropped=0.2), "planned", dry_run=True)
    async with district.client() as http:
        plan = (await http.get(planned["plan"])).json()
    users = plan["entities"]["users"]
    assert users["ended"] == 73 - users["changed"] > 0
    assert all(row["fields"] == ["family_name"] and row["id"] for row in users["samples"]["changed"])
    assert {row["name"] for row in users["samples"]["ended"]} == {None}
    staff = {person["id"]: person["given_name"] for person in await read_all(district, "/v1/people")}
    for row in users["samples"]["changed"]:
        assert (row["name"] or "").startswith(staff.get(row["id"], ""))
        assert (row["name"] is None) == (row["id"] not in staff)
    assert [over["file"] for over in plan["over"]] == ["users", "roles", "enrollments"]


async def test_an_import_that_ends_too_much_is_held_until_its_plan_is_applied(district: District) -> None:
    await upload(district, zipped())
    held = await upload(district, zipped(dropped=0.5), "held")
    address = f"/v1/roster-imports/{held['id']}"
    async with district.client() as http:
        assert (await http.get(GONE)).headers["X-Total-Count"] == "0"
        over = (await http.get(held["plan"])).json()["over"]
        assert (over[0]["file"], over[0]["active"]) == ("users", 73)
        assert (await http.post(f"{address}/apply")).status_code == 428
        assert (await apply(http, held, '"1"')).status_code == 412
        assert (await apply(http, held)).status_code == 202
        await district.stack.settle()
        assert (await http.get(address)).json()["state"] == "applied"
        assert (await http.get(GONE)).headers["X-Total-Count"] == str(over[0]["ended"])
        again = await apply(http, held, "*")
        assert (again.status_code, again.json()["possible"]) == (409, ["revert"])


async def test_a_plan_is_made_again_when_the_roster_has_moved_on(district: District) -> None:
    await upload(district, zipped())
    held = await upload(district, zipped(dropped=0.5), "held")
    await upload(district, zipped(dropped=0.05))
    async with district.client() as http:
        etag = (await http.get(held["plan"])).headers["ETag"]
        answer = await apply(http, held, etag)
        assert answer.status_code == 412
        assert answer.json()["type"] == "urn:throughline:problem:roster-moved-on"
        await district.stack.settle()
        again = (await http.get(f"/v1/roster-imports/{held['id']}")).json()
        assert again["files"]["users"]["ended"] < held["files"]["users"]["ended"]
        assert (again["state"], (await apply(http, held, etag)).status_code) == ("planned", 412)
        assert (await apply(http, held)).status_code == 202


async def test_a_yes_to_a_plan_that_no_longer_holds_is_no_yes(district: District) -> None:
    """The roster may move between the yes and the work."""
    await upload(district, zipped())
    held = await upload(district, zipped(dropped=0.5), "held")
    person = (await read_all(district, "/v1/people"))[0]
    async with district.client() as http:
        assert (await apply(http, held)).status_code == 202
        changed = await http.patch(
            f"/v1/people/{person['id']}", json={"given_name": "By-Hand"}, headers={"If-Match": '"1"'}
        )
        assert changed.status_code == 200
        await district.stack.settle()
        assert (await http.get(f"/v1/roster-imports/{held['id']}")).json()["state"] == "held"
        assert (await http.get(GONE)).headers["X-Total-Count"] == "0"


async def test_an_import_is_cancelled_while_it_is_queued_or_waits(district: District) -> None:
    await upload(district, zipped())
    held = await upload(district, zipped(dropped=0.5), "held")
    async with district.client() as http:
        queued = (await http.post("/v1/roster-imports", content=zipped(changed=1.0), headers=ZIP)).json()
        for row in (held, queued):
            address = f"/v1/roster-imports/{row['id']}"
            etag = (await http.get(address)).headers["ETag"]
            assert (await http.post(f"{address}/cancel")).status_code == 428
            stopped = await http.post(f"{address}/cancel", headers={"If-Match": etag})
            assert (stopped.status_code, stopped.json()["state"]) == (200, "cancelled")
            assert (await http.post(f"{address}/cancel", headers={"If-Match": "*"})).status_code == 409
        await district.stack.settle()
        assert (await http.get(queued["job"])).json()["state"] == "cancelled"
    assert not [p for p in await read_all(district, "/v1/people") if p["family_name"].endswith("-Renamed")]


async def test_the_same_file_again_says_so(district: District) -> None:
    first = await upload(district, zipped())
    again = await upload(district, zipped())
    assert (first["same_as"], again["same_as"]) == (None, first["id"])
    assert again["files"]["users"] == USERS | {"unchanged": 73}


@pytest.mark.parametrize("name", ["orgs", "academicSessions", "courses", "classes"])
async def test_a_file_that_was_cut_off_is_held(district: District, name: str) -> None:
    """What people and seats stand on is not ended by an export that failed."""
    await upload(district, zipped())
    held = await upload(district, csv_zip(**{name: ""}), "held")
    async with district.client() as http:
        (over,) = (await http.get(held["plan"])).json()["over"]
    assert (over["file"], over["ended"]) == (name, over["active"])


def test_where_a_plan_leads() -> None:
    assert outcome_of(is_over=False, is_dry_run=False, is_accepted=None) == ImportState.APPLIED
    assert outcome_of(is_over=True, is_dry_run=False, is_accepted=None) == ImportState.HELD
    assert outcome_of(is_over=True, is_dry_run=True, is_accepted=None) == ImportState.PLANNED
    assert outcome_of(is_over=True, is_dry_run=False, is_accepted=True) == ImportState.APPLIED
    assert outcome_of(is_over=False, is_dry_run=False, is_accepted=False) == ImportState.PLANNED


@pytest.mark.parametrize(
    ("state", "is_waiting", "actions"),
    [
        ("received", False, [Action.CANCEL]),
        ("planned", True, [Action.APPLY, Action.CANCEL]),
        ("applied", False, []),
        ("cancelled", False, []),
    ],
)
def test_what_can_be_asked(state: str, is_waiting: bool, actions: list[Action]) -> None:
    assert possible(state, is_waiting=is_waiting) == actions

"""What all that holds from one day to another has in common: one at a time, in order, within bounds, as of a day."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.clock import new_id, now
from shared.testing.stack import District
from tests.districts.rosters import read_all
from tests.districts.setting import Setting, put, small_setting

NOUNS = ("staff-assignments", "leaves", "school-attributes", "calendars", "relationships")
LISTS = (*NOUNS, "people", "enrollments")


def body_of(s: Setting, noun: str, begin: str, end: str | None = None) -> dict[str, Any]:
    of = {
        "staff-assignments": {"person_id": s.teacher, "org_id": s.north, "position": "teacher"},
        "leaves": {"person_id": s.teacher, "kind": "sick"},
        "school-attributes": {"org_id": s.north, "school_year": 2027},
        "calendars": {"org_id": s.north, "school_year": 2027, "name": "N", "time_zone": "UTC"},
        "relationships": {"person_id": s.principal, "kind": "coaches", "target_person_id": s.teacher},
    }
    return of[noun] | {"begin_date": begin, "end_date": end}


@pytest.mark.parametrize("noun", NOUNS)
async def test_of_many_writers_at_once_one_is_let_in(district: District, noun: str) -> None:
    s = await small_setting(district)
    async with district.client() as http:
        bodies = [body_of(s, noun, f"2026-08-{day:02}", "2027-06-30") for day in range(1, 9)]
        answers = await asyncio.gather(*(http.put(f"/v1/{noun}/{new_id()}", json=body) for body in bodies))
        assert Counter(a.status_code for a in answers) == {201: 1, 409: 7}
        # Nor does it help to be there already and to move, all at once, to where one other may be.
        made = [
            await put(http, f"/v1/{noun}/{new_id()}", body_of(s, noun, f"{year}-01-01", f"{year}-02-01"))
            for year in range(2030, 2036)
        ]
        patch = {"begin_date": "2040-01-01", "end_date": "2040-02-01"}
        moved = await asyncio.gather(*(moving(http, noun, row, patch) for row in made))
        assert Counter(moved) == {200: 1, 409: 5}
        assert len(await read_all(district, f"/v1/{noun}", as_of="2040-01-15", **only(s, noun))) == 1


async def moving(http: httpx.AsyncClient, noun: str, row: dict[str, Any], patch: dict[str, Any]) -> int:
    headers = {"If-Match": f'"{row["version"]}"', "Content-Type": "application/merge-patch+json"}
    return (await http.patch(f"/v1/{noun}/{row['id']}", json=patch, headers=headers)).status_code


def only(s: Setting, noun: str) -> dict[str, str]:
    return {"kind": "coaches"} if noun == "relationships" else {}


@pytest.mark.parametrize("noun", NOUNS)
async def test_days_that_cannot_be_are_refused_by_name(district: District, noun: str) -> None:
    s = await small_setting(district)
    async with district.client() as http:
        row = await put(http, f"/v1/{noun}/{new_id()}", body_of(s, noun, "2026-08-01", "2026-09-01"))
        for begin, end in (
            ("2026-08-01", "2026-07-31"), ("0001-01-01", "2027-01-01"), ("2026-08-01", "9999-12-31"),
            ("2026-02-30", "2027-01-01"), ("20260801", "2027-01-01"), ("2026-08-01", "infinity"),
        ):  # fmt: skip
            refused = await http.put(f"/v1/{noun}/{new_id()}", json=body_of(s, noun, begin, end))
            assert (refused.status_code, refused.json()["errors"][0]["pointer"][-5:]) == (422, "_date"), refused.text
        assert await moving(http, noun, row, {"end_date": "2026-07-31"}) == 422
        assert await moving(http, noun, row, {"begin_date": "2026-09-02"}) == 422


@pytest.mark.parametrize("noun", LISTS)
async def test_as_of_is_a_day_that_can_be(district: District, noun: str) -> None:
    async with district.client() as http:
        for day in ("0001-01-01", "9999-12-31", "2026-02-30", "1785542400", "today", ""):
            answer = await http.get(f"/v1/{noun}", params={"as_of": day})
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/query/as_of")
        for day in ("1900-01-01", "9998-12-31"):
            assert (await http.get(f"/v1/{noun}", params={"as_of": day})).status_code == 200


async def test_a_role_that_is_taken_away_was_held_until_then(district: District) -> None:
    """Who has changed schools, or left, still was there on the days before."""
    s = await small_setting(district)
    today = now().date()
    yesterday, tomorrow = str(today - timedelta(days=1)), str(today + timedelta(days=1))
    path = f"/v1/people/{s.teacher}"
    moved = {"given_name": "teacher", "family_name": "Test", "roles": [{"role": "teacher", "org_id": s.south}]}
    async with district.client() as http:
        moved["roles"][0]["begin_date"] = str(today)  # type: ignore[index]
        await put(http, path, moved, 200, **{"If-Match": "*"})
        for day, org in ((yesterday, s.north), (tomorrow, s.south)):
            assert [r["org_id"] for r in (await http.get(path, params={"as_of": day})).json()["roles"]] == [org]
            found = {p["id"]: p for p in await read_all(district, "/v1/people", as_of=day, role="teacher", org_id=org)}
            assert [r["org_id"] for r in found[s.teacher]["roles"]] == [org]
        assert [r["org_id"] for r in (await http.get(path)).json()["roles"]] == [s.south]
        assert (await http.post(f"{path}/archive", headers={"If-Match": "*"})).status_code == 200
    for day, archived, there in (
        (yesterday, "include", True), (yesterday, "exclude", False), (tomorrow, "include", False),
    ):  # fmt: skip
        people = await read_all(district, "/v1/people", as_of=day, archived=archived)
        assert (s.teacher in [p["id"] for p in people]) is there


@pytest.mark.parametrize("noun", NOUNS)
async def test_what_is_archived_held_until_then(district: District, noun: str) -> None:
    s = await small_setting(district)
    async with district.client() as http:
        row = await put(http, f"/v1/{noun}/{new_id()}", body_of(s, noun, "2026-01-01", "2027-12-31"))
        assert (await http.post(f"/v1/{noun}/{row['id']}/archive", headers={"If-Match": "*"})).status_code == 200
    for day, archived, count in (
        ("2026-01-01", "include", 1), ("2026-01-01", "exclude", 0), (str(now().date()), "include", 0),
    ):  # fmt: skip
        assert len(await read_all(district, f"/v1/{noun}", as_of=day, archived=archived, **only(s, noun))) == count

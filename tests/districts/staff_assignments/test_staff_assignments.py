"""Staff assignments over HTTP: dated, never twice the same on one day, whoever writes at once."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from shared.clock import new_id
from shared.testing.stack import District
from tests.districts.rosters import read_all
from tests.districts.setting import Setting, put, small_setting

PATH = "/v1/staff-assignments"


def body_of(setting: Setting, **more: Any) -> dict[str, Any]:
    given = {"person_id": setting.teacher, "org_id": setting.north, "position": "teacher", "begin_date": "2026-08-01"}
    return given | more


async def test_its_life_over_http(district: District) -> None:
    setting = await small_setting(district)
    address = f"{PATH}/{new_id()}"
    body = body_of(setting, fte=0.5, licence_level="provisional", career_stage="induction", external_key="hr:17")
    async with district.client() as http:
        made = await put(http, address, body)
        assert made["staff_classification"] == "uri://ed-fi.org/StaffClassificationDescriptor#Teacher"
        assert await put(http, address, body, 200) == made
        assert (await http.patch(address, json={"fte": 0.75})).status_code == 428
        changed = await http.patch(address, json={"fte": 0.75, "end_date": "2027-06-30"}, headers={"If-Match": '"1"'})
        assert (changed.json()["fte"], changed.json()["version"]) == (0.75, 2)
        assert (await http.get(address)).json() == changed.json()
        archived = await http.post(f"{address}/archive", headers={"If-Match": '"2"'})
        assert archived.json()["archived_at"] is not None
    assert await read_all(district, PATH) == []
    assert len(await read_all(district, PATH, archived="only", external_key="hr:17")) == 1
    await district.stack.settle()
    async with district.client() as http:
        events = (await http.get("/v1/events", params={"types": "staff_assignment.changed"})).json()["data"]
        assert [event["changed"] for event in events][1:] == [["end_date", "fte"], ["archived_at"]]
        assert (await http.get(events[0]["link"])).status_code == 200


async def test_what_holds_on_a_day(district: District) -> None:
    setting = await small_setting(district)
    async with district.client() as http:
        await put(http, f"{PATH}/{new_id()}", body_of(setting, end_date="2027-06-30", career_stage="induction"))
        await put(http, f"{PATH}/{new_id()}", body_of(setting, begin_date="2027-07-01", career_stage="early"))
    for day, stages in (("2026-07-31", []), ("2026-08-01", ["induction"]), ("2027-06-30", ["induction"]),
                        ("2027-07-01", ["early"]), ("2040-01-01", ["early"])):  # fmt: skip
        rows = await read_all(district, PATH, as_of=day, person_id=setting.teacher)
        assert [row["career_stage"] for row in rows] == stages, day


async def test_nobody_is_the_same_twice_on_one_day(district: District) -> None:
    setting = await small_setting(district)
    async with district.client() as http:
        first = f"{PATH}/{new_id()}"
        await put(http, first, body_of(setting, end_date="2027-06-30"))
        again = body_of(setting, begin_date="2027-06-30")
        answer = await http.put(f"{PATH}/{new_id()}", json=again)
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:throughline:problem:period-overlaps"
        assert answer.json()["overlaps"] in first
        second = f"{PATH}/{new_id()}"
        await put(http, second, again | {"begin_date": "2027-07-01"})
        back = await http.patch(second, json={"begin_date": "2027-06-01"}, headers={"If-Match": "*"})
        assert back.status_code == 409
        await put(http, f"{PATH}/{new_id()}", again | {"position": "mentor"})
        await http.post(f"{first}/archive", headers={"If-Match": "*"})
        await put(http, f"{PATH}/{new_id()}", body_of(setting, end_date="2027-06-30"))


async def test_of_many_writers_at_once_one_wins(district: District) -> None:
    """Twelve open-ended ones of the same person, school and position in one moment: exactly one is kept."""
    setting = await small_setting(district)
    async with district.client() as http:
        bodies = [body_of(setting, begin_date=f"2026-09-{day:02}") for day in range(1, 13)]
        answers = await asyncio.gather(*(http.put(f"{PATH}/{new_id()}", json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert len(await read_all(district, PATH)) == 1


async def test_more_than_one_full_position_is_a_warning(district: District) -> None:
    setting = await small_setting(district)
    async with district.client() as http:
        one = await put(http, f"{PATH}/{new_id()}", body_of(setting, fte=0.8, end_date="2026-12-31"))
        assert one["warnings"] == []
        other = body_of(setting, org_id=setting.south, begin_date="2026-12-01", fte=0.4)
        two = await put(http, f"{PATH}/{new_id()}", other)
        (warning,) = two["warnings"]
        assert (warning["code"], warning["fte"]) == ("fte_above_one", 1.2)
        assert (warning["begin_date"], warning["end_date"]) == ("2026-12-01", "2026-12-31")
        assert (await http.get(f"{PATH}/{one['id']}")).json()["warnings"] == [warning]


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"person_id": str(new_id())}, "#/person_id"),
        ({"org_id": str(new_id())}, "#/org_id"),
        ({"end_date": "2026-07-31"}, "#/end_date"),
        ({"fte": 0}, "#/fte"),
        ({"fte": 1.01}, "#/fte"),
        ({"position": "wizard"}, "#/position"),
        ({"licence_level": "none"}, "#/licence_level"),
    ],
)
async def test_what_makes_no_sense_is_refused(district: District, more: dict[str, Any], pointer: str) -> None:
    setting = await small_setting(district)
    async with district.client() as http:
        answer = await http.put(f"{PATH}/{new_id()}", json=body_of(setting, **more))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_an_acting_person_sees_their_own_and_those_of_led_schools(district: District) -> None:
    setting = await small_setting(district)
    async with district.client() as http:
        here = await put(http, f"{PATH}/{new_id()}", body_of(setting))
        there = await put(
            http, f"{PATH}/{new_id()}", body_of(setting, person_id=setting.stranger, org_id=setting.south)
        )
    for person, seen in ((setting.principal, [here]), (setting.teacher, [here]), (setting.stranger, [there])):
        async with district.client(UUID(person)) as http:
            assert (await http.get(PATH)).json()["data"] == seen
            hidden = there if seen == [here] else here
            assert (await http.get(f"{PATH}/{hidden['id']}")).status_code == 404
            assert (await http.put(f"{PATH}/{new_id()}", json=body_of(setting))).status_code == 403


async def test_no_other_district_sees_it(district: District, other_district: District) -> None:
    setting = await small_setting(district)
    async with district.client() as http:
        made = await put(http, f"{PATH}/{new_id()}", body_of(setting))
    async with other_district.client() as http:
        assert (await http.get(f"{PATH}/{made['id']}")).status_code == 404
    assert await read_all(other_district, PATH) == []

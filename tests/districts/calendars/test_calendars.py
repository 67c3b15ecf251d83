"""Calendars over HTTP: a school says what differs from its district."""

from typing import Any
from uuid import UUID

import pytest

from shared.clock import new_id
from shared.testing.stack import District
from tests.districts.rosters import read_all
from tests.districts.setting import Setting, put, small_setting

PATH = "/v1/calendars"
PERIODS = [{"name": "1", "begin": "08:05", "end": "08:55"}, {"name": "2", "begin": "09:00", "end": "09:50"}]
BELLS = [
    {"name": "regular", "weekdays": [1, 2, 4, 5], "periods": PERIODS},
    {"name": "short", "weekdays": [3], "periods": PERIODS[:1]},
]


def body_of(setting: Setting, **more: Any) -> dict[str, Any]:
    given = {
        "org_id": setting.d, "name": "2026-27", "school_year": 2027, "begin_date": "2026-08-17",
        "end_date": "2027-06-11", "time_zone": "America/Chicago", "bell_schedules": BELLS,
        "days": [
            {"date": "2026-11-26", "kind": "holiday", "label": "Thanksgiving"},
            {"date": "2026-09-07", "kind": "holiday", "label": "Labor Day"},
        ],
    }  # fmt: skip
    return given | more


async def test_a_school_says_what_differs(district: District) -> None:
    setting = await small_setting(district)
    snow = [{"date": "2026-09-11", "kind": "closure", "label": "Flood"}, {"date": "2026-09-12", "kind": "staff_day"}]
    own = {"org_id": setting.north, "time_zone": None, "bell_schedules": [], "days": snow}
    async with district.client() as http:
        above = await put(http, f"{PATH}/{new_id()}", body_of(setting))
        school = await put(http, f"{PATH}/{new_id()}", body_of(setting, **own))
    async with district.client(UUID(setting.teacher)) as http:
        stretch = {"from": "2026-09-07", "to": "2026-09-13"}
        there = (await http.get(f"{PATH}/{school['id']}/days", params=stretch)).json()
        assert there["time_zone"] == "America/Chicago"
        assert [(it["kind"], it["bell_schedule"]) for it in there["days"]] == [
            ("holiday", None), ("instructional", "regular"), ("instructional", "short"), ("instructional", "regular"),
            ("closure", None), ("staff_day", None), ("weekend", None),
        ]  # fmt: skip
        assert (there["instructional_days"], there["working_days"]) == (3, 4)
        assert [schedule["name"] for schedule in there["bell_schedules"]] == ["regular", "short"]
        of_district = (await http.get(f"{PATH}/{above['id']}/days", params=stretch)).json()
        assert (of_district["instructional_days"], of_district["working_days"]) == (4, 4)
        whole = (await http.get(f"{PATH}/{above['id']}/days")).json()
        assert (whole["begin_date"], whole["end_date"], len(whole["days"])) == ("2026-08-17", "2027-06-11", 299)
        assert whole["instructional_days"] == 213
        outside = (await http.get(f"{PATH}/{above['id']}/days", params={"from": "2027-07-01"})).json()
        assert outside["days"] == []
        backwards = await http.get(f"{PATH}/{above['id']}/days", params={"from": "2026-09-13", "to": "2026-09-07"})
        assert backwards.status_code == 422
    assert [row["id"] for row in await read_all(district, PATH, applies_to=setting.south)] == [above["id"]]
    assert len(await read_all(district, PATH, applies_to=setting.north, as_of="2026-10-01")) == 2
    assert await read_all(district, PATH, as_of="2026-08-16") == []


async def test_its_life_over_http(district: District) -> None:
    setting = await small_setting(district)
    address = f"{PATH}/{new_id()}"
    async with district.client() as http:
        made = await put(http, address, body_of(setting))
        assert [day["date"] for day in made["days"]] == ["2026-09-07", "2026-11-26"]
        assert await put(http, address, body_of(setting), 200) == made
        assert (await http.patch(address, json={"weekdays": [1]})).status_code == 428
        changed = await http.patch(address, json={"weekdays": [4, 1, 2]}, headers={"If-Match": '"1"'})
        assert (changed.json()["weekdays"], changed.json()["days"]) == ([1, 2, 4], made["days"])
        again = {"days": [{"date": "2026-09-07", "kind": "holiday", "label": "Labor Day"}]}
        assert len((await http.patch(address, json=again, headers={"If-Match": '"2"'})).json()["days"]) == 1
        overlapping = body_of(setting, begin_date="2027-06-11", end_date="2028-06-10", days=[])
        assert (await http.put(f"{PATH}/{new_id()}", json=overlapping)).status_code == 409
        assert (await http.post(f"{address}/archive", headers={"If-Match": "*"})).status_code == 200
        await put(http, f"{PATH}/{new_id()}", overlapping)


def bells(**period: str) -> list[dict[str, Any]]:
    return [{"name": "x", "periods": [PERIODS[0] | period]}]


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"time_zone": "America/Nowhere"}, "#/time_zone"),
        ({"time_zone": None}, "#/time_zone"),
        ({"org_id": str(new_id())}, "#/org_id"),
        ({"end_date": "2026-08-16", "days": []}, "#/end_date"),
        ({"end_date": "2029-06-11"}, "#/end_date"),
        ({"days": [{"date": "2026-08-16", "kind": "closure"}]}, "#/days/0/date"),
        ({"days": [{"date": "2026-09-01", "kind": "closure"}] * 2}, "#/days/1/date"),
        ({"days": [{"date": "2026-09-01", "kind": "instructional", "bell_schedule": "?"}]}, "#/days/0/bell_schedule"),
        ({"days": [{"date": "2026-09-01", "kind": "party"}]}, "#/days/0/kind"),
        ({"bell_schedules": bells(end="08:05")}, "#/bell_schedules/0/periods/0/end"),
        ({"bell_schedules": bells(end="8:55")}, "#/bell_schedules/0/periods/0/end"),
        ({"bell_schedules": BELLS + BELLS[:1]}, "#/bell_schedules/2/name"),
        ({"weekdays": [0]}, "#/weekdays/0"),
    ],
)
async def test_what_makes_no_sense_is_refused(district: District, more: dict[str, Any], pointer: str) -> None:
    setting = await small_setting(district)
    async with district.client() as http:
        answer = await http.put(f"{PATH}/{new_id()}", json=body_of(setting, **more))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)

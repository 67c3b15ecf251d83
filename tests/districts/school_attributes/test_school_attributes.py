"""School attributes over HTTP: one set a day, small numbers hidden."""

from typing import Any
from uuid import UUID

import pytest

from shared.clock import new_id
from shared.testing.stack import District
from tests.districts.rosters import read_all
from tests.districts.setting import Setting, put, small_setting

PATH = "/v1/school-attributes"
COUNTED = {"total": 400, "white": 300, "asian": 4, "hispanic_or_latino": 96, "homeless": 12}


def body_of(setting: Setting, **more: Any) -> dict[str, Any]:
    return {"org_id": setting.north, "school_year": 2027, "begin_date": "2026-07-01", "title_i": "schoolwide"} | more


async def test_its_life_over_http(district: District) -> None:
    setting = await small_setting(district)
    address = f"{PATH}/{new_id()}"
    body = body_of(setting, need_index=0.82, locale="city_midsize", designation="tsi", enrollment=COUNTED)
    async with district.client() as http:
        made = await put(http, address, body)
        assert (made["need_index"], made["locale"], made["designation"]) == (0.82, "city_midsize", "tsi")
        assert await put(http, address, body, 200) == made
        assert (await http.patch(address, json={"title_i": None})).status_code == 428
        changed = await http.patch(
            address, json={"title_i": "targeted_assistance", "end_date": "2027-06-30"}, headers={"If-Match": '"1"'}
        )
        assert changed.json()["title_i"] == "targeted_assistance"
        late = body_of(setting, begin_date="2027-06-30", school_year=2028)
        assert (await http.put(f"{PATH}/{new_id()}", json=late)).status_code == 409
        await put(http, f"{PATH}/{new_id()}", late | {"begin_date": "2027-07-01"})
        assert (await http.post(f"{address}/archive", headers={"If-Match": "*"})).status_code == 200
    assert [row["school_year"] for row in await read_all(district, PATH, as_of="2027-08-01")] == [2028]
    assert await read_all(district, PATH, as_of="2027-06-30") == []
    assert (
        len(await read_all(district, PATH, archived="only", org_id=setting.north, title_i="targeted_assistance")) == 1
    )


async def test_small_numbers_are_hidden_from_everybody_and_kept_as_counted(district: District) -> None:
    setting = await small_setting(district)
    address = f"{PATH}/{new_id()}"
    async with district.client() as http:
        made = await put(http, address, body_of(setting, enrollment=COUNTED))
        assert made["enrollment"] == {
            "total": 400, "white": 300, "asian": None, "hispanic_or_latino": None, "homeless": 12,
        }  # fmt: skip
        assert made["suppressed"] == ["asian", "hispanic_or_latino"]
        assert "fewer than 10" in made["suppression_note"]
        # Enough of them, and nothing is hidden: what is stored was always the number itself.
        more = {"enrollment": COUNTED | {"asian": 10, "hispanic_or_latino": 90}}
        shown = (await http.patch(address, json=more, headers={"If-Match": "*"})).json()
        assert (shown["enrollment"], shown["suppressed"], shown["suppression_note"]) == (more["enrollment"], [], None)
    async with district.client(UUID(setting.teacher)) as http:
        assert (await http.get(address)).json() == shown
        assert (await http.put(address, json=body_of(setting))).status_code == 403


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"org_id": str(new_id())}, "#/org_id"),
        ({"end_date": "2026-06-30"}, "#/end_date"),
        ({"enrollment": {"total": 5, "male": 6}}, "#/enrollment/male"),
        ({"enrollment": {"total": 5, "male": 3, "female": 3}}, "#/enrollment"),
        ({"enrollment": {"male": 3}}, "#/enrollment/total"),
        ({"locale": "village"}, "#/locale"),
        ({"need_index": 1.5}, "#/need_index"),
    ],
)
async def test_what_makes_no_sense_is_refused(district: District, more: dict[str, Any], pointer: str) -> None:
    setting = await small_setting(district)
    async with district.client() as http:
        answer = await http.put(f"{PATH}/{new_id()}", json=body_of(setting, **more))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_a_sum_of_schools_would_give_a_hidden_school_away(district: District) -> None:
    setting = await small_setting(district)
    async with district.client() as http:
        above = body_of(setting, org_id=setting.d, enrollment=COUNTED)
        answer = await http.put(f"{PATH}/{new_id()}", json=above)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "above_schools")
        await put(http, f"{PATH}/{new_id()}", above | {"enrollment": None})

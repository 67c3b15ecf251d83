"""Months are those of the district: of its settings, else of its calendar, else of the installation."""

from shared.clock import new_id
from shared.testing.stack import District
from tests.analytics.measures.test_against_oracle import analytics
from tests.districts.setting import put


async def zone_now(district: District, **settings: str) -> str:
    await district.stack.settle()
    async with analytics(district, **settings) as http:
        answer = await http.get("/v1/measures/observation_coverage")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["time_zone"])


async def test_each_district_has_a_time_zone_of_its_own(district: District, other_district: District) -> None:
    assert await zone_now(district, time_zone="Asia/Tokyo") == "Asia/Tokyo"
    top, school = new_id(), new_id()
    year = {"name": "N", "begin_date": "2026-08-01", "end_date": "2027-06-30", "school_year": 2027}
    async with district.client() as http:
        await put(http, f"/v1/orgs/{top}", {"name": "D", "type": "district"})
        await put(http, f"/v1/orgs/{school}", {"name": "S", "type": "school", "parent_id": str(top)})
        calendar = year | {"org_id": str(school), "time_zone": "America/Denver"}
        await put(http, f"/v1/calendars/{new_id()}", calendar)
        assert await zone_now(district) == "America/Denver"
        await put(http, f"/v1/calendars/{new_id()}", year | {"org_id": str(top), "time_zone": "America/Chicago"})
        assert await zone_now(district) == "America/Chicago", "what stands above says it"
        for zone, expected in (("America/New_York", "America/New_York"), (None, "America/Chicago")):
            changed = await http.patch("/v1/settings", json={"time_zone": zone}, headers={"If-Match": "*"})
            assert (changed.status_code, changed.json()["time_zone"]) == (200, zone)
            assert await zone_now(district) == expected
        wrong = await http.patch("/v1/settings", json={"time_zone": "Mars/North"}, headers={"If-Match": "*"})
        assert wrong.status_code == 422
    assert await zone_now(other_district) == "UTC"

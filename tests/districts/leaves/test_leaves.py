"""Leaves: personal data, hence for machines with the scope and for leaders, and every look leaves a trace."""

from typing import Any
from uuid import UUID

import pytest

from shared.clock import new_id
from shared.testing.stack import District, token_of
from tests.districts.rosters import read_all
from tests.districts.setting import Setting, put, small_setting

PATH = "/v1/leaves"


def body_of(setting: Setting, **more: Any) -> dict[str, Any]:
    return {"person_id": setting.teacher, "kind": "parental", "begin_date": "2026-10-01"} | more


async def test_its_life_over_http(district: District) -> None:
    setting = await small_setting(district)
    address = f"{PATH}/{new_id()}"
    async with district.client() as http:
        made = await put(http, address, body_of(setting, external_key="hr:9"))
        assert await put(http, address, body_of(setting, external_key="hr:9"), 200) == made
        assert (await http.patch(address, json={"end_date": "2026-12-31"})).status_code == 428
        ended = await http.patch(address, json={"end_date": "2026-12-31"}, headers={"If-Match": '"1"'})
        assert (ended.status_code, ended.json()["end_date"]) == (200, "2026-12-31")
        overlapping = body_of(setting, kind="sick", begin_date="2026-12-31")
        assert (await http.put(f"{PATH}/{new_id()}", json=overlapping)).status_code == 409
        await put(http, f"{PATH}/{new_id()}", body_of(setting, kind="ext:study", begin_date="2027-01-01"))
        archived = await http.post(f"{address}/archive", headers={"If-Match": '"2"'})
        assert archived.json()["archived_at"] is not None
        await put(http, f"{PATH}/{new_id()}", overlapping | {"end_date": "2026-12-31"})
    assert len(await read_all(district, PATH, as_of="2026-12-31")) == 1
    assert await read_all(district, PATH, as_of="2026-12-30") == []


async def test_of_all_people_only_who_leads_and_who_is_away_see_it(district: District) -> None:
    setting = await small_setting(district)
    async with district.client() as http:
        made = await put(http, f"{PATH}/{new_id()}", body_of(setting))
        elsewhere = await put(http, f"{PATH}/{new_id()}", body_of(setting, person_id=setting.stranger))
    async with district.client(UUID(setting.principal)) as http:
        assert (await http.get(PATH)).json()["data"] == [made]
        assert (await http.get(f"{PATH}/{elsewhere['id']}")).status_code == 404
        assert (await http.put(f"{PATH}/{new_id()}", json=body_of(setting))).status_code == 403
    async with district.client(UUID(setting.teacher)) as http:
        assert (await http.get(PATH)).json()["data"] == [made]
        assert (await http.get(f"{PATH}/{elsewhere['id']}")).status_code == 404
    async with district.client(UUID(setting.stranger)) as http:
        assert (await http.get(PATH)).json()["data"] == [elsewhere]
        assert (await http.get(f"{PATH}/{made['id']}")).status_code == 404


async def test_a_machine_needs_the_scope(district: District) -> None:
    token = await token_of(district.stack, district.client_id, district.client_secret, "roster.read staff.read")
    async with district.client(token=token) as http:
        assert (await http.get(PATH)).status_code == 403


async def test_who_looked_is_known_and_why_somebody_is_away_is_not_told(district: District) -> None:
    setting = await small_setting(district)
    async with district.client() as http:
        made = await put(http, f"{PATH}/{new_id()}", body_of(setting))
    async with district.client(UUID(setting.principal)) as http:
        await http.get(PATH)
        await http.get(f"{PATH}/{made['id']}")
    audit = await read_all(district, "/v1/audit-events/districts", entity="leaves", person_id=setting.principal)
    assert [(row["action"], row["entity_id"]) for row in audit] == [
        ("leave.listed", None), ("leave.viewed", made["id"]),
    ]  # fmt: skip
    assert audit[0]["fields"] == {"ids": [made["id"]]}
    async with district.stack.runtimes["districts"].database.transaction(district.id) as connection:
        payload = await connection.fetchval("select payload from districts.outbox where type = 'leave.changed'")
    assert "2026-10-01" in payload
    assert "parental" not in payload


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"person_id": str(new_id())}, "#/person_id"),
        ({"end_date": "2026-09-30"}, "#/end_date"),
        ({"kind": "holiday"}, "#/kind"),
    ],
)
async def test_what_makes_no_sense_is_refused(district: District, more: dict[str, Any], pointer: str) -> None:
    setting = await small_setting(district)
    async with district.client() as http:
        answer = await http.put(f"{PATH}/{new_id()}", json=body_of(setting, **more))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)

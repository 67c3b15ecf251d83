"""Roles of leadership for a term: rights within it and not a day longer, whatever the roster does meanwhile."""

import asyncio
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.districts.role_grants import rules
from services.districts.role_grants.rules import Kind, LeaderRole
from shared.access.copies import load_person
from shared.clock import new_id, now
from shared.settings import SERVICE_NAMES
from shared.testing.stack import District
from tests.districts.rosters import read_all, upload, zipped
from tests.districts.setting import Setting, put, small_setting

WRITERS = 12


def grant(setting: Setting, **more: Any) -> dict[str, Any]:
    return {"person_id": setting.teacher, "org_id": setting.north, "role": "school_leader", "kind": "formal",
            "state": "active", "begin_date": "2026-08-01", **more}  # fmt: skip


def day(days: int) -> str:
    return str(now().date() + timedelta(days=days))


async def leads(district: District, person: str) -> set[UUID]:
    """Say what the person leads, which every service must know."""
    await district.stack.settle()
    known = []
    for name in SERVICE_NAMES:
        async with district.stack.runtimes[name].database.transaction(district.id) as connection:
            acting = await load_person(connection, name, district.id, UUID(person))
            assert acting is not None
            known.append(acting.led_orgs)
    assert len(set(known)) == 1, known
    return set(known[0])


async def test_rights_follow_the_active_term(district: District) -> None:
    setting = await small_setting(district)
    address = f"/v1/role-grants/{new_id()}"
    async with district.client() as http:
        made = await put(http, address, grant(setting, state="proposed", begin_date=day(-10), end_date=day(10)))
        assert (made["state"], made["holds"], made["gives"]) == ("proposed", False, ["leads"])
        assert await leads(district, setting.teacher) == set()
        active = await http.post(f"{address}/activate", headers={"If-Match": '"1"'})
        assert (active.json()["state"], active.json()["holds"]) == ("active", True), active.text
        again = await http.post(f"{address}/activate", headers={"If-Match": '"1"'})
        assert (again.status_code, again.json()) == (200, active.json())
        assert await leads(district, setting.teacher) == {UUID(setting.north)}
        async with district.client(UUID(setting.teacher)) as acting:
            seen = (await acting.get("/v1/relationships")).json()["data"]
            assert setting.principal in {row["person_id"] for row in seen}

        moved = await http.patch(address, json={"begin_date": day(1)}, headers={"If-Match": '"2"'})
        assert (moved.json()["state"], moved.json()["holds"]) == ("active", False)
        assert await leads(district, setting.teacher) == set()
        past = await http.patch(address, json={"begin_date": day(-9), "end_date": day(-1)}, headers={"If-Match": '"3"'})
        assert (past.json()["state"], past.json()["holds"]) == ("ended", False)
        assert await leads(district, setting.teacher) == set()
        assert [row["id"] for row in await read_all(district, "/v1/role-grants", state="ended")] == [made["id"]]
        assert await read_all(district, "/v1/role-grants", state="active") == []
        back = await http.patch(address, json={"end_date": None}, headers={"If-Match": '"4"'})
        assert await leads(district, setting.teacher) == {UUID(setting.north)}
        ended = await http.post(f"{address}/end", headers={"If-Match": back.headers["ETag"]})
        assert (ended.json()["state"], ended.json()["end_date"]) == ("ended", day(0))
        assert await leads(district, setting.teacher) == set()
        types = [
            e["type"] for e in (await http.get("/v1/events?limit=500")).json()["data"] if e["entity_id"] == made["id"]
        ]
        assert types == ["role_grant.changed", "role_grant.activated", *["role_grant.changed"] * 3, "role_grant.ended"]


async def test_moves_go_one_way(district: District) -> None:
    setting = await small_setting(district)
    address = f"/v1/role-grants/{new_id()}"
    async with district.client() as http:
        await put(http, address, grant(setting, state="proposed"))
        refused = await http.post(f"{address}/end", headers={"If-Match": "*"})
        assert (refused.status_code, refused.json()["possible"]) == (409, ["activate", "archive"])
        assert (await http.post(f"{address}/activate")).status_code == 428
        assert (await http.post(f"{address}/activate", headers={"If-Match": '"7"'})).status_code == 412
        assert (await http.patch(address, json={"state": "active"}, headers={"If-Match": "*"})).status_code == 200
        body = grant(setting, state="proposed")
        assert (await http.put(address, json=body, headers={"If-Match": "*"})).status_code == 409
        assert (await http.post(f"{address}/end", headers={"If-Match": "*"})).status_code == 200
        refused = await http.post(f"{address}/activate", headers={"If-Match": "*"})
        assert (refused.status_code, refused.json()["possible"]) == (409, ["archive"])
        for wrong, pointer in (
            ({"role": "boss"}, "#/role"), ({"kind": "secret"}, "#/kind"), ({"org_id": str(new_id())}, "#/org_id"),
            ({"person_id": str(new_id())}, "#/person_id"), ({"end_date": "2020-01-01"}, "#/end_date"),
            ({"state": "over"}, "#/state"),
        ):  # fmt: skip
            answer = await http.put(f"/v1/role-grants/{new_id()}", json=grant(setting, **wrong))
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text


async def test_only_formal_ones_that_head_an_organisation_lead(district: District) -> None:
    setting = await small_setting(district)
    science = str(new_id())
    async with district.client() as http:
        await put(http, f"/v1/orgs/{science}", {"name": "Science", "type": "department", "parent_id": setting.north})
        for kind in Kind:
            for role in (*LeaderRole, "ext:dataLead"):
                for org, org_type in ((setting.north, "school"), (science, "department")):
                    person = str(new_id())
                    await put(http, f"/v1/people/{person}", {"given_name": "P", "family_name": "Q"})
                    body = grant(setting, person_id=person, org_id=org, role=role, kind=kind)
                    made = await put(http, f"/v1/role-grants/{new_id()}", body)
                    held = await read_all(district, "/v1/relationships", person_id=person)
                    assert [row["kind"] for row in held] == made["gives"] == rules.gives(kind, role, org_type)
                    assert all((row["org_id"], row["begin_date"]) == (org, "2026-08-01") for row in held)
    assert {role for role in LeaderRole if rules.gives("formal", role, "school")} == rules.LEADS


async def test_the_nightly_roster_leaves_grants_alone(district: District) -> None:
    await upload(district, zipped())
    teacher = (await read_all(district, "/v1/people", role="teacher"))[0]
    school = teacher["roles"][0]["org_id"]
    address = f"/v1/role-grants/{new_id()}"
    async with district.client() as http:
        body = {"person_id": teacher["id"], "org_id": school, "role": "assistant_principal", "kind": "formal",
                "state": "active", "begin_date": "2026-08-01", "end_date": day(30)}  # fmt: skip
        made = await put(http, address, body)
        await upload(district, zipped(changed=1.0))
        assert (await http.get(address)).json() == made
        (held,) = [
            r for r in await read_all(district, "/v1/relationships", person_id=teacher["id"]) if r["kind"] == "leads"
        ]
        assert (held["source"], held["role_id"], held["end_date"]) == ("roster", made["id"], day(30))
        assert held["leader_class"] == "school_leader"  # to evaluate takes a role, or a hand that says so
        why = (await http.get(f"/v1/relationships/{held['id']}/why")).json()
        assert [(g["role_grant_id"], g["role"]) for g in why["role_grants"]] == [(made["id"], "assistant_principal")]
        assert why["sentences"][0] == (
            "It follows from the role grant assistant_principal and ends with it; no roster changes a grant."
        )
        denied = await http.post(f"/v1/relationships/{held['id']}/archive", headers={"If-Match": "*"})
        assert denied.json()["denied"] is True  # what people said of the relationship goes before the grant
        await upload(district, zipped())
        assert "leads" not in {
            r["kind"] for r in await read_all(district, "/v1/relationships", person_id=teacher["id"])
        }


async def test_many_writers_at_once_leave_no_overlap(district: District) -> None:
    setting = await small_setting(district)

    async def write(number: int) -> httpx.Response:
        begin = date(2026, 1, 1) + timedelta(days=7 * (number // 2))
        body = grant(setting, begin_date=f"{begin}", end_date=f"{begin + timedelta(days=6)}")
        async with district.client() as http:
            return await http.put(f"/v1/role-grants/{new_id()}", json=body)

    answers = await asyncio.gather(*(write(number) for number in range(WRITERS)))
    assert sorted(answer.status_code for answer in answers) == [201] * (WRITERS // 2) + [409] * (WRITERS // 2)
    kept = sorted(await read_all(district, "/v1/role-grants"), key=lambda row: row["begin_date"])
    assert all(one["end_date"] < other["begin_date"] for one, other in pairwise(kept))
    (held,) = await read_all(district, "/v1/relationships", person_id=setting.teacher, kind="leads")
    assert (held["begin_date"], held["end_date"]) == (kept[0]["begin_date"], kept[-1]["end_date"])


async def test_as_of_csv_and_who_sees_them(district: District) -> None:
    setting = await small_setting(district)
    headers = {"Content-Type": "text/csv"}
    lines = ["person_id,org_id,role,kind,state,begin_date,end_date",
             f"oneroster:{setting.teacher},{setting.north},facilitator,informal,ended,2025-08-01,2025-12-31",
             f"{setting.teacher},{setting.north},facilitator,informal,active,2026-08-01,",
             f"{setting.stranger},{setting.south},ilt_member,formal,active,2026-08-01,2027-06-30",
             f"{setting.stranger},{setting.south},ilt_member,formal,proposed,2027-08-01,",
             f"{setting.stranger},{setting.south},ilt_member,formal,active,2026-09-01,"]  # fmt: skip
    async with district.client() as http:
        first = (await http.post("/v1/role-grants/import", content="\n".join(lines), headers=headers)).json()
        assert (first["created"], first["rejected"]) == (4, 1), first
        assert first["errors"][0]["code"] == "period-overlaps"
        exported = (await http.get("/v1/role-grants/export")).text
        again = (await http.post("/v1/role-grants/import", content=exported, headers=headers)).json()
        assert (again["unchanged"], again["changed"], again["rejected"]) == (4, 0, 0), again
        for as_of, roles in (("2025-09-01", ["facilitator"]), ("2026-02-01", []), ("2027-09-01", ["facilitator"])):
            held = await read_all(district, "/v1/role-grants", as_of=as_of)
            assert [row["role"] for row in held] == roles
        await district.stack.runtimes["districts"].database.read_audits.flush()
        logged = (await http.get("/v1/audit-events/districts?limit=500")).json()["data"]
        assert {"role_grant.listed", "role_grant.changed"} <= {row["action"] for row in logged}
    for person, count in ((setting.teacher, 2), (setting.principal, 2), (setting.stranger, 2)):
        async with district.client(UUID(person)) as http:
            rows = (await http.get("/v1/role-grants")).json()["data"]
            assert len(rows) == count
            assert (await http.get("/v1/role-grants/export")).status_code == 403
            assert (await http.put(f"/v1/role-grants/{new_id()}", json=grant(setting))).status_code == 403


async def test_grants_go_over_with_a_merge_and_come_back(district: District) -> None:
    setting = await small_setting(district)
    twin = str(new_id())
    async with district.client() as http:
        await put(http, f"/v1/people/{twin}", {"given_name": "T", "family_name": "Win"})
        address, other = f"/v1/role-grants/{new_id()}", f"/v1/role-grants/{new_id()}"
        await put(http, address, grant(setting, person_id=twin))
        await put(http, other, grant(setting, person_id=twin, role="facilitator", kind="informal"))
        await put(http, f"/v1/role-grants/{new_id()}", grant(setting, role="facilitator", kind="informal"))
        merged = await http.post(f"/v1/people/{twin}/merge", json={"into": setting.teacher}, headers={"If-Match": "*"})
        assert merged.status_code == 200, merged.text
        assert (await http.get(address)).json()["person_id"] == setting.teacher
        assert (await http.get(other)).json()["archived_at"] is not None
        assert await leads(district, setting.teacher) == {UUID(setting.north)}
        assert (await http.post(f"/v1/people/{twin}/unmerge", headers={"If-Match": "*"})).status_code == 200
        assert (await http.get(other)).json()["archived_at"] is None
        assert await leads(district, setting.teacher) == set()
        assert await leads(district, twin) == {UUID(setting.north)}


@pytest.mark.parametrize(
    ("state", "end", "expected"),
    [("active", None, "active"), ("active", date(2026, 1, 1), "active"), ("active", date(2025, 12, 31), "ended"),
     ("proposed", date(2025, 12, 31), "proposed"), ("ended", None, "ended")],
)  # fmt: skip
def test_a_term_that_is_over_has_ended(state: str, end: date | None, expected: str) -> None:
    assert rules.state_on(state, end, date(2026, 1, 1)) == expected


async def test_what_only_a_role_allows_ends_with_the_role(district: District) -> None:
    """A principal until last week who is granted to lead on goes on as a school leader, who evaluates nobody."""
    setting = await small_setting(district)
    async with district.client() as http:
        person = (await http.get(f"/v1/people/{setting.teacher}")).json()
        role = {"org_id": setting.north, "role": "principal", "begin_date": day(-100), "end_date": day(-7)}
        body = {"given_name": person["given_name"], "family_name": person["family_name"], "roles": [role]}
        answer = await http.put(f"/v1/people/{setting.teacher}", json=body, headers={"If-Match": "*"})
        assert answer.is_success, answer.text
        await put(http, f"/v1/role-grants/{new_id()}", grant(setting, begin_date=day(-50), end_date=day(50)))
        mine = (await http.get("/v1/relationships", params={"person_id": setting.teacher, "kind": "leads"})).json()
    spans = sorted((row["begin_date"], row["end_date"], row["leader_class"]) for row in mine["data"])
    assert spans == [
        (day(-100), day(-7), None),  # as the role has it
        (day(-6), day(50), "school_leader"),
    ]


async def test_a_term_may_be_open(district: District) -> None:
    setting = await small_setting(district)
    address = f"/v1/role-grants/{new_id()}"
    async with district.client() as http:
        body = {name: value for name, value in grant(setting).items() if name != "end_date"}
        made = await put(http, address, body)
        assert (made["end_date"], made["holds"]) == (None, True)
        assert await leads(district, setting.teacher) == {UUID(setting.north)}
        ended = await http.post(f"{address}/end", headers={"If-Match": '"1"'})
        assert (ended.status_code, ended.json()["end_date"]) == (200, day(0)), ended.text
    assert await leads(district, setting.teacher) == set()

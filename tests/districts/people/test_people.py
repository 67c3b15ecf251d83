"""Staff by hand: leaders above all, whom a 1.1 roster hardly tells apart. It survives every import."""

from typing import Any
from uuid import UUID

import pytest

from services.districts.people.rules import Assignment, by_hand, is_staff
from shared.clock import new_id
from shared.testing.stack import District
from tests.districts.rosters import read_all, upload, zipped


def leader(*roles: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "given_name": "Lena",
        "family_name": "Haddad",
        "email": "lena@district.example",
        "roles": list(roles),
        **more,
    }


async def schools(district: District) -> list[str]:
    return [org["id"] for org in await read_all(district, "/v1/orgs", type="school")]


async def test_a_leader_is_put_and_leads(district: District) -> None:
    await upload(district, zipped(version="1.1"))
    school = (await schools(district))[0]
    address = f"/v1/people/{new_id()}"
    body = leader({"role": "principal", "org_id": school, "begin_date": "2026-08-01"})
    async with district.client() as http:
        made = await http.put(address, json=body)
        assert made.status_code == 201, made.text
        assert made.headers["ETag"] == '"1"'
        role = {"role": "principal", "org_id": school, "begin_date": "2026-08-01", "end_date": None, "source": "manual"}
        assert made.json()["roles"] == [role]
        again = await http.put(address, json=body, headers={"If-Match": '"99"'})
        assert (again.status_code, again.json()) == (200, made.json())
        read = await http.get(address)
        assert (read.json(), read.headers["ETag"]) == (made.json(), '"1"')
    (held,) = await read_all(district, "/v1/relationships", person_id=made.json()["id"])
    assert (held["kind"], held["org_id"], held["source"], held["begin_date"]) == (
        "leads",
        school,
        "roster",
        "2026-08-01",
    )
    await district.stack.settle()
    async with district.client(UUID(made.json()["id"])) as http:
        assert (await http.get("/v1/people")).status_code == 200
        assert (await http.put(address, json=body)).status_code == 403


async def test_what_is_by_hand_survives_the_nightly_roster(district: District) -> None:
    await upload(district, zipped())
    school = (await schools(district))[0]
    teacher = (await read_all(district, "/v1/people", role="teacher"))[0]
    body = {name: teacher[name] for name in ("given_name", "family_name", "email")}
    body["roles"] = [*({k: v for k, v in role.items() if k != "source"} for role in teacher["roles"])]
    body["roles"].append({"role": "siteAdministrator", "org_id": school})
    address = f"/v1/people/{teacher['id']}"
    async with district.client() as http:
        assert (await http.put(address, json=body)).status_code == 428
        changed = await http.put(address, json=body, headers={"If-Match": '"1"'})
        assert changed.status_code == 200, changed.text
        assert sorted((r["role"], r["source"]) for r in changed.json()["roles"]) == [
            ("siteAdministrator", "manual"),
            ("teacher", "roster"),
        ]
        assert (await http.put(address, json=body)).json() == changed.json()
        await upload(district, zipped(changed=1.0))
        after = (await http.get(address)).json()
    assert after["family_name"].endswith("-Renamed")
    assert after["roles"] == changed.json()["roles"]
    held = await read_all(district, "/v1/relationships", person_id=teacher["id"])
    assert sorted(row["kind"] for row in held) == ["leads", "teaches_at"]


async def test_the_role_of_a_student_is_refused_and_a_student_cannot_be_written(district: District) -> None:
    await upload(district, zipped())
    school = (await schools(district))[0]
    async with district.client() as http:
        refused = await http.put(f"/v1/people/{new_id()}", json=leader({"role": "student", "org_id": school}))
        assert refused.status_code == 422
        student = (await http.get("/ims/oneroster/rostering/v1p2/students?limit=1")).json()["users"][0]
        database = district.stack.runtimes["districts"].database
        async with database.transaction(district.id) as connection:
            found = await connection.fetchval(
                "select id from districts.people where district_id = $1 and sourced_id = $2",
                district.id,
                student["sourcedId"],
            )
        assert (await http.get(f"/v1/people/{found}")).status_code == 404
        assert (await http.patch(f"/v1/people/{found}", json={}, headers={"If-Match": "*"})).status_code == 404
        assert (await http.put(f"/v1/people/{found}", json=leader())).status_code == 409


async def test_a_role_names_an_organisation_of_the_district_and_days_in_order(district: District) -> None:
    await upload(district, zipped())
    school = (await schools(district))[0]
    async with district.client() as http:
        for role, pointer in (
            ({"role": "teacher", "org_id": str(new_id())}, "#/roles/0/org_id"),
            (
                {"role": "teacher", "org_id": school, "begin_date": "2026-02-01", "end_date": "2026-01-01"},
                "#/roles/0/end_date",
            ),
        ):
            answer = await http.put(f"/v1/people/{new_id()}", json=leader(role))
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_patch_and_archive_end_the_rights(district: District) -> None:
    await upload(district, zipped())
    one, two = await schools(district)
    address = f"/v1/people/{new_id()}"
    async with district.client() as http:
        made = await http.put(address, json=leader({"role": "principal", "org_id": one}))
        moved = await http.patch(
            address, json={"roles": [{"role": "principal", "org_id": two}]}, headers={"If-Match": made.headers["ETag"]}
        )
        assert [role["org_id"] for role in moved.json()["roles"]] == [two]
        person = made.json()["id"]
        held = await read_all(district, "/v1/relationships", person_id=person)
        assert [row["org_id"] for row in held] == [two]
        archived = await http.post(f"{address}/archive", headers={"If-Match": moved.headers["ETag"]})
        assert archived.json()["archived_at"] is not None
    assert await read_all(district, "/v1/relationships", person_id=person) == []
    gone = await read_all(district, "/v1/relationships", person_id=person, archived="only")
    assert len(gone) == 2
    assert person not in {row["id"] for row in await read_all(district, "/v1/people")}
    assert person in {row["id"] for row in await read_all(district, "/v1/people", archived="only")}


async def test_lists_filter_and_find_by_external_id(district: District) -> None:
    await upload(district, zipped())
    school = (await schools(district))[0]
    async with district.client() as http:
        made = await http.put(
            f"/v1/people/{new_id()}",
            json=leader({"role": "counselor", "org_id": school}, external_ids={"hr": "E-77"}),
        )
        assert made.status_code == 201, made.text
        for parameters in (
            {"external_id": "hr:E-77"},
            {"email": "lena@district.example"},
            {"role": "counselor"},
            {"external_id": f"oneroster:{made.json()['id']}"},
        ):
            page = (await http.get("/v1/people", params={**parameters, "count": True})).json()
            assert ([row["id"] for row in page["data"]], page["total"]) == ([made.json()["id"]], 1), parameters
        assert (await http.get("/v1/people?external_id=hr")).status_code == 422
        later = (await http.get("/v1/people", params={"updated_after": made.json()["updated_at"]})).json()
        assert later["data"] == []
    assert len(await read_all(district, "/v1/people", org_id=school)) == 7


@pytest.mark.parametrize(
    ("roles", "manual", "expected"),
    [
        (["student"], False, False),
        (["student", "teacher"], False, True),
        (["guardian", "relative", "parent"], False, False),
        ([], False, False),
        ([], True, True),
        (["ext:coach"], False, True),
    ],
)
def test_who_is_staff(roles: list[str], manual: bool, expected: bool) -> None:
    assert is_staff(roles, is_manual=manual) is expected


def test_what_the_roster_says_need_not_be_said_by_hand() -> None:
    org = new_id()
    teacher, aide = (Assignment(role, org, None, None) for role in ("teacher", "aide"))
    assert by_hand([teacher, aide, aide], [teacher]) == [aide]

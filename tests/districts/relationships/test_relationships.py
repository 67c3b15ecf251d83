"""Relationships: those that follow from roles, and those by hand, which no import touches."""

from uuid import UUID

import pytest

from shared.clock import new_id
from shared.testing.stack import District
from tests.districts.rosters import read_all, upload, zipped


async def pair(district: District) -> tuple[str, str]:
    await upload(district, zipped())
    teachers = await read_all(district, "/v1/people", role="teacher")
    return teachers[0]["id"], teachers[1]["id"]


async def test_a_coach_is_put_and_survives_the_nightly_roster(district: District) -> None:
    coach, teacher = await pair(district)
    address = f"/v1/relationships/{new_id()}"
    body = {"person_id": coach, "kind": "coaches", "target_person_id": teacher, "begin_date": "2026-09-01"}
    async with district.client() as http:
        made = await http.put(address, json=body)
        assert made.status_code == 201, made.text
        assert made.json()["source"] == "manual"
        assert (await http.put(address, json=body)).status_code == 200
        await upload(district, zipped(changed=1.0))
        assert (await http.get(address)).json() == made.json()
        ended = await http.patch(address, json={"end_date": "2026-12-01"}, headers={"If-Match": '"1"'})
        assert ended.json()["end_date"] == "2026-12-01"
        assert ended.json()["version"] == 2
    assert len(await read_all(district, "/v1/relationships", kind="coaches", as_of="2026-10-01")) == 1
    assert await read_all(district, "/v1/relationships", kind="coaches", as_of="2026-12-02") == []


async def test_what_follows_from_a_role_can_be_taken_over_by_hand(district: District) -> None:
    teacher, _ = await pair(district)
    (held,) = await read_all(district, "/v1/relationships", person_id=teacher)
    address = f"/v1/relationships/{held['id']}"
    async with district.client() as http:
        changed = await http.patch(address, json={"end_date": "2027-01-31"}, headers={"If-Match": '"1"'})
        assert changed.json()["source"] == "manual"
        await upload(district, zipped(changed=1.0))
        assert (await http.get(address)).json() == changed.json()
        archived = await http.post(f"{address}/archive", headers={"If-Match": '"2"'})
        assert archived.status_code == 200, archived.text
        await upload(district, zipped())
        assert (await http.get(address)).json()["archived_at"] is not None
    assert await read_all(district, "/v1/relationships", person_id=teacher) == []


async def test_it_ends_with_its_role(district: District) -> None:
    await upload(district, zipped(schools=12))
    before = await read_all(district, "/v1/relationships")
    await upload(district, zipped(schools=11))
    after = await read_all(district, "/v1/relationships")
    assert len(before) - len(after) == 6
    gone = await read_all(district, "/v1/relationships", archived="only")
    assert {row["source"] for row in gone} == {"roster"}
    await district.stack.settle()
    for service, runtime in district.stack.runtimes.items():
        async with runtime.database.transaction(district.id) as connection:
            active = await connection.fetchval(
                f"select count(*) from {service}.copied_relationships where district_id = $1 and not archived",
                district.id,
            )
        assert active == len(after), service


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "coaches"}, "#/target_person_id"),
        ({"kind": "leads"}, "#/org_id"),
        ({"kind": "coaches", "target_person_id": "self"}, "#/target_person_id"),
        ({"kind": "mentors", "target_person_id": "nobody"}, "#/target_person_id"),
        ({"kind": "admires", "target_person_id": "other"}, "#/kind"),
        ({"kind": "evaluates", "target_person_id": "other", "begin_date": "2026-02-01", "end_date": "2026-01-01"},
         "#/end_date"),
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(district: District, body: dict[str, str], pointer: str) -> None:
    one, two = await pair(district)
    named = {"self": one, "other": two, "nobody": str(new_id())}
    given = {"person_id": one} | {name: named.get(value, value) for name, value in body.items()}
    async with district.client() as http:
        answer = await http.put(f"/v1/relationships/{new_id()}", json=given)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_an_acting_person_sees_what_concerns_that_person(district: District) -> None:
    one, two = await pair(district)
    leader = (await read_all(district, "/v1/people", role="districtAdministrator"))[0]["id"]
    async with district.client(UUID(one)) as http:
        rows = (await http.get("/v1/relationships")).json()["data"]
        assert {row["person_id"] for row in rows} == {one}
        other = (await read_all(district, "/v1/relationships", person_id=two))[0]["id"]
        assert (await http.get(f"/v1/relationships/{other}")).status_code == 404
    async with district.client(UUID(leader)) as http:
        assert len((await http.get("/v1/relationships?limit=500")).json()["data"]) == 13

"""Rosters go in by HTTP and come out again: the shared data sets where they are there, generated ones always."""

import zipfile
from io import BytesIO
from typing import Any

import pytest

from shared.testing.stack import District
from tests.districts.rosters import DATA, csv_zip, read_all, upload, zipped

USERS = {"mode": "bulk", "rows": 73, "new": 0, "changed": 0, "ended": 0, "unchanged": 0, "rejected": 0, "rekeyed": 0}
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the shared data sets are not here")


async def events(district: District) -> list[dict[str, Any]]:
    """Give what the service has told since the district began."""
    rows = await district.stack.runtimes["districts"].database.relay.fetch(
        "select type, entity from districts.outbox where district_id = $1 order by seq", district.id
    )
    return [dict(row) for row in rows]


async def test_a_bulk_goes_in_and_comes_out(district: District) -> None:
    done = await upload(district, zipped())
    assert done["files"]["users"] == USERS | {"new": 73}
    assert done["oneroster_version"] == "1.2"
    assert done["problem"] is None
    orgs = await read_all(district, "/v1/orgs")
    assert sorted(org["type"] for org in orgs) == ["district", "school", "school"]
    top = next(org for org in orgs if org["type"] == "district")
    assert {org["parent_id"] for org in orgs if org is not top} == {top["id"]}
    people = await read_all(district, "/v1/people")
    roles = sorted(role["role"] for person in people for role in person["roles"])
    assert roles == ["districtAdministrator"] + ["principal"] * 2 + ["siteAdministrator"] * 2 + ["teacher"] * 8
    assert len(await read_all(district, "/v1/terms", type="gradingPeriod")) == 2
    assert len(await read_all(district, "/v1/courses")) == 8
    school = next(org for org in orgs if org["type"] == "school")
    classes = await read_all(district, "/v1/classes", org_id=school["id"])
    assert len(classes) == 8
    seats = await read_all(district, "/v1/enrollments", class_id=classes[0]["id"])
    assert [seat["role"] for seat in seats] == ["teacher"]
    kinds = sorted(row["kind"] for row in await read_all(district, "/v1/relationships"))
    assert kinds == ["leads"] * 5 + ["teaches_at"] * 8


async def test_the_job_tells_progress_and_its_end(district: District) -> None:
    done = await upload(district, zipped())
    async with district.client() as http:
        job = (await http.get(done["job"])).json()
    assert job["state"] == "succeeded"
    assert job["done"] > 0
    assert job["total"] >= job["done"]


async def test_a_repeated_upload_is_known_by_its_bytes(district: District) -> None:
    first = zipped()
    other = first[:-1] + bytes([first[-1] ^ 1])  # of the same length
    async with district.client() as http:
        answers = [
            await http.post(
                "/v1/roster-imports",
                content=content,
                headers={"Content-Type": "application/zip", "Idempotency-Key": "tonight"},
            )
            for content in (first, first, other)
        ]
    assert [answer.status_code for answer in answers] == [202, 202, 422]
    assert answers[1].content == answers[0].content
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert answers[2].json()["type"] == "urn:throughline:problem:idempotency-key-reused"


async def test_other_services_copy_staff_and_no_student(district: District) -> None:
    await upload(district, zipped())
    for service, runtime in district.stack.runtimes.items():
        async with runtime.database.transaction(district.id) as connection:
            people = await connection.fetchval(
                f"select count(*) from {service}.copied_people where district_id = $1", district.id
            )
            held = await connection.fetchval(
                f"select count(*) from {service}.copied_relationships where district_id = $1", district.id
            )
        assert (people, held) == (13, 13), service
    async with district.client() as http:
        student = (await http.get("/ims/oneroster/rostering/v1p2/students?limit=1")).json()["users"][0]
    assert await read_all(district, "/v1/people", external_id=f"oneroster:{student['sourcedId']}") == []


async def test_the_same_zip_again_changes_nothing_and_tells_nobody(district: District) -> None:
    await upload(district, zipped())
    before = await events(district)
    done = await upload(district, zipped())
    assert done["files"]["users"] == USERS | {"unchanged": 73}
    after = await events(district)
    assert {event["entity"] for event in after[len(before) :]} == {"roster-imports"}


async def test_the_same_rows_in_another_zip_change_nothing_and_tell_nobody(district: District) -> None:
    await upload(district, zipped())
    people = await read_all(district, "/v1/people")
    before = await events(district)
    done = await upload(district, zipped(dirt=frozenset({"stored", "nested", "lf", "bom"})))
    assert {name: file["unchanged"] - file["rows"] for name, file in done["files"].items()} == dict.fromkeys(
        done["files"], 0
    )
    assert {event["entity"] for event in (await events(district))[len(before) :]} == {"roster-imports"}
    assert await read_all(district, "/v1/people") == people


async def test_what_is_renamed_is_changed_and_nothing_else(district: District) -> None:
    await upload(district, zipped())
    before = {person["id"]: person["version"] for person in await read_all(district, "/v1/people")}
    done = await upload(district, zipped(changed=0.2))
    changed = done["files"]["users"]["changed"]
    assert 0 < changed < 73
    assert done["files"]["users"] == USERS | {"changed": changed, "unchanged": 73 - changed}
    after = await read_all(district, "/v1/people")
    renamed = {person["id"] for person in after if person["family_name"].endswith("-Renamed")}
    assert {person["id"] for person in after if person["version"] > before[person["id"]]} == renamed != set()


async def test_a_delta_changes_what_it_names(district: District) -> None:
    await upload(district, zipped())
    done = await upload(district, zipped(kind="delta", changed=0.2))
    users, seats = done["files"]["users"], done["files"]["enrollments"]
    assert users["mode"] == "delta"
    assert users["changed"] == users["rows"] > 0
    assert (seats["rows"], seats["ended"], seats["unchanged"]) == (32, 16, 16)
    assert len(await read_all(district, "/v1/people")) == 13


async def test_who_comes_back_is_active_again(district: District) -> None:
    await upload(district, zipped())
    gone = await upload(district, zipped(dropped=0.08))
    back = await upload(district, zipped(dirt=frozenset({"lf"})))
    assert back["files"]["users"]["changed"] == gone["files"]["users"]["ended"] > 0
    assert back["files"]["users"]["new"] == 0


async def test_bad_rows_are_told_and_hold_nothing_up(district: District) -> None:
    dirt = frozenset({"dangling", "duplicates", "bad_roles", "ragged"})
    done = await upload(district, zipped(students=100, dirt=dirt))
    files = {name: (file["rejected"], file["new"]) for name, file in done["files"].items()}
    assert files["users"] == (4, 213)
    assert files["roles"] == (4, 209)
    assert files["enrollments"] == (20, 996)
    rows = await read_all(district, f"/v1/roster-imports/{done['id']}/errors")
    told = {(row["file"], row["column"], row["code"], row["severity"]) for row in rows}
    assert told == {
        ("users", None, "field_count", "error"),
        ("roles", "role", "unknown_value", "error"),
        ("enrollments", "classSourcedId", "dangling_reference", "error"),
        ("enrollments", "sourcedId", "repeated", "warning"),
    }
    assert {row["line"] for row in rows if row["file"] == "roles"} == {51, 101, 151, 201}
    only = await read_all(district, f"/v1/roster-imports/{done['id']}/errors", code="field_count")
    assert len(only) == 4


async def test_real_exports_dirt_is_understood(district: District) -> None:
    dirt = frozenset({
        "bom", "lf", "nested", "header_case", "typos", "trailing_header", "shouting", "extra_columns", "loose_manifest",
        "bulk_status", "whitespace", "us_dates", "stored",
    })  # fmt: skip
    done = await upload(district, zipped(dirt=dirt))
    assert {name: file["rejected"] for name, file in done["files"].items()} == dict.fromkeys(done["files"], 0)
    assert await read_all(district, f"/v1/roster-imports/{done['id']}/errors") == []
    seats = await read_all(district, "/v1/enrollments")
    assert {(seat["begin_date"], seat["is_primary"]) for seat in seats} == {("2026-08-15", True)}
    async with district.client() as http:
        user = (await http.get("/ims/oneroster/rostering/v1p2/users?limit=1")).json()["users"][0]
    assert user["metadata"] == {"bus": "Bus 7"}
    assert user["enabledUser"] == "true"


async def test_oneroster_1_1_reads_the_same(district: District) -> None:
    done = await upload(district, zipped(version="1.1"))
    assert done["oneroster_version"] == "1.1"
    assert done["files"]["roles"] == USERS | {"mode": "derived", "new": 73}
    people = await read_all(district, "/v1/people")
    roles = sorted(role["role"] for person in people for role in person["roles"])
    assert roles == ["districtAdministrator"] + ["siteAdministrator"] * 4 + ["teacher"] * 8
    assert len(await read_all(district, "/v1/relationships")) == 13
    done = await upload(district, zipped())
    assert done["files"]["users"] == USERS | {"unchanged": 73}
    assert done["files"]["roles"] | {"mode": ""} == USERS | {"mode": "", "new": 73, "ended": 73}
    assert len(await read_all(district, "/v1/relationships")) == 13


async def test_users_without_a_word_of_roles_end_none(district: District) -> None:
    """Users of 1.2 that come alone are no users of 1.1 who lost their roles."""
    await upload(district, zipped())
    people = await read_all(district, "/v1/people")
    users = zipfile.ZipFile(BytesIO(zipped(changed=1.0))).read("users.csv").decode()
    done = await upload(district, csv_zip(users=users))
    assert (done["oneroster_version"], set(done["files"])) == ("1.2", {"users"})
    said = "propertyName,value\noneroster.version,1.1\n"
    done = await upload(district, csv_zip(said, users=users))
    assert done["warnings"][-1] == "users.csv has no column role: roles were left alone"
    assert [p["roles"] for p in await read_all(district, "/v1/people")] == [p["roles"] for p in people]


async def test_another_version_whose_roles_cannot_be_read_is_held(district: District) -> None:
    await upload(district, zipped(version="1.1"))
    roles = "sourcedId,userSourcedId,role,orgSourcedId\nr1,nobody,teacher,nowhere\n"
    done = await upload(district, csv_zip(roles=roles), "held")
    async with district.client() as http:
        (over,) = (await http.get(done["plan"])).json()["over"]
    assert over == {"file": "roles", "ended": 73, "active": 73, "rekeyed": 0}


async def test_a_correction_by_hand_holds_until_the_source_says_something_new(district: District) -> None:
    await upload(district, zipped())
    person = (await read_all(district, "/v1/people", role="principal"))[0]
    address = f"/v1/people/{person['id']}"
    async with district.client() as http:
        answer = await http.patch(address, json={"given_name": "By-Hand"}, headers={"If-Match": '"1"'})
        assert answer.status_code == 200, answer.text
        await upload(district, zipped(dirt=frozenset({"lf"})))
        assert (await http.get(address)).json()["given_name"] == "By-Hand"
        await upload(district, zipped(changed=1.0))
        assert (await http.get(address)).json()["given_name"] == person["given_name"]


@needs_data
async def test_the_shared_set_small_1_1(district: District) -> None:
    done = await upload(district, (DATA / "small-1.1-bulk.zip").read_bytes())
    assert (done["files"]["users"]["new"], done["files"]["enrollments"]["new"]) == (318, 1502)
    assert done["ignored"] == []
    assert done["files"]["demographics"]["new"] > 0
    assert sum(file["rejected"] for file in done["files"].values()) == 0


@needs_data
async def test_the_shared_set_small_1_2_and_its_delta(district: District) -> None:
    done = await upload(district, (DATA / "small-1.2-bulk.zip").read_bytes())
    assert (done["files"]["users"]["new"], done["files"]["enrollments"]["new"]) == (318, 1502)
    done = await upload(district, (DATA / "small-1.2-delta.zip").read_bytes())
    assert done["files"]["users"]["changed"] == 5
    assert (done["files"]["enrollments"]["ended"], done["files"]["enrollments"]["unchanged"]) == (10, 10)
    renamed = [p for p in await read_all(district, "/v1/people") if p["family_name"].endswith("-Renamed")]
    assert len(renamed) == 5


@needs_data
async def test_the_shared_set_medium(district: District) -> None:
    done = await upload(district, (DATA / "medium-1.2-bulk.zip").read_bytes())
    assert (done["files"]["users"]["new"], done["files"]["enrollments"]["new"]) == (10160, 47789)
    assert sum(file["rejected"] for file in done["files"].values()) == 0
    async with district.client() as http:
        users = await http.get("/ims/oneroster/rostering/v1p2/users?limit=10000")
    assert users.headers["X-Total-Count"] == "10160"
    assert len(users.json()["users"]) == 10000

"""Two ids of one person, over HTTP: what goes over, what resolves, what is refused, and that it can be undone."""

import asyncio
import random
from typing import Any
from uuid import UUID

import pytest

from shared.access.copies import load_person
from shared.clock import new_id
from shared.settings import SERVICE_NAMES
from shared.testing.stack import District
from tests.districts.merges.asking import LISTS, MOVING, merge, seen, tag, twin_of, unmerge
from tests.districts.rosters import read_all
from tests.districts.setting import put, small_setting


async def test_what_is_said_of_the_duplicate_is_said_of_the_person(district: District) -> None:
    setting = await small_setting(district)
    role = {"role": "principal", "org_id": setting.south, "begin_date": "2026-08-01"}
    twin = await twin_of(setting, role, external_ids={"hr": "77"}, email="twin@district.example")
    async with district.client() as http:
        tie, mentored = f"/v1/relationships/{new_id()}", f"/v1/relationships/{new_id()}"
        await put(http, tie, {"person_id": twin, "kind": "coaches", "target_person_id": setting.stranger,
                              "begin_date": "2026-08-01"})  # fmt: skip
        await put(http, mentored, {"person_id": setting.principal, "kind": "mentors", "target_person_id": twin,
                                   "begin_date": "2026-08-01"})  # fmt: skip
        job = f"/v1/staff-assignments/{new_id()}"
        await put(http, job, {"person_id": twin, "org_id": setting.south, "position": "principal",
                              "begin_date": "2026-08-01"})  # fmt: skip
        before = await seen(district)
        merged = await merge(http, twin, setting.teacher)
        assert merged.status_code == 200, merged.text
        assert merged.headers["Content-Location"] == f"/v1/people/{setting.teacher}"
        assert (merged.json()["id"], merged.json()["merged_ids"]) == (setting.teacher, [twin])
        assert {role["role"] for role in merged.json()["roles"]} == {"teacher", "principal"}

        read = await http.get(f"/v1/people/{twin}")
        assert (read.json()["id"], read.headers["Content-Location"]) == (
            setting.teacher,
            f"/v1/people/{setting.teacher}",
        )
        assert read.headers["ETag"] == (await http.get(f"/v1/people/{setting.teacher}")).headers["ETag"]
        for said in (
            {"external_id": "hr:77"},
            {"email": "twin@district.example"},
            {"external_id": f"oneroster:{twin}"},
        ):
            assert [row["id"] for row in await read_all(district, "/v1/people", **said)] == [setting.teacher]
        ids = (await http.get(f"/v1/people/{twin}/external-ids")).json()
        assert (ids["id"], [other["id"] for other in ids["merged"]]) == (setting.teacher, [twin])
        assert (await http.get(tie)).json()["person_id"] == setting.teacher
        assert (await http.get(mentored)).json()["target_person_id"] == setting.teacher
        assert (await http.get(job)).json()["person_id"] == setting.teacher
        for person in (twin, setting.teacher):  # a filter by the old id finds the same
            held = await read_all(district, "/v1/relationships", person_id=person)
            assert {row["kind"] for row in held} == {"teaches_at", "leads", "coaches"}
        (told,) = (await http.get(f"/v1/people/{twin}/merges")).json()["data"]
        assert (told["person_id"], told["into_id"]) == (twin, setting.teacher)
        assert {move["entity"] for move in told["moves"]} == {"roles", "relationships", "staff-assignments"}

        await district.stack.settle()
        for name in SERVICE_NAMES:
            database = district.stack.runtimes[name].database
            async with database.transaction(district.id) as connection:
                for known_as in (twin, setting.teacher):
                    acting = await load_person(connection, name, district.id, UUID(known_as))
                    assert acting is not None
                    assert (acting.id, acting.ids) == (UUID(setting.teacher), {UUID(twin), UUID(setting.teacher)})
                    assert acting.led_orgs == {UUID(setting.south)}
                    assert acting.supports("coaches") == {UUID(setting.stranger)}
        types = {event["type"] for event in (await http.get("/v1/events?limit=500")).json()["data"]
                 if event["entity_id"] == twin}  # fmt: skip
        assert "person.merged" in types

        undone = await unmerge(http, twin)
        assert undone.status_code == 200, undone.text
        assert (undone.json()["id"], undone.json()["merged_into"]) == (twin, None)
    assert await seen(district) == before
    await district.stack.settle()
    async with district.stack.runtimes["coaching"].database.transaction(district.id) as connection:
        acting = await load_person(connection, "coaching", district.id, UUID(twin))
        assert acting is not None
        assert (acting.id, acting.led_orgs) == (UUID(twin), {UUID(setting.south)})


async def test_what_would_overlap_is_set_aside_and_comes_back(district: District) -> None:
    setting = await small_setting(district)
    twin = await twin_of(setting, {"role": "teacher", "org_id": setting.north})
    async with district.client() as http:
        for person in (setting.teacher, twin):
            await put(http, f"/v1/relationships/{new_id()}",
                      {"person_id": person, "kind": "coaches", "target_person_id": setting.stranger})  # fmt: skip
            leave = {"person_id": person, "kind": "sick", "begin_date": "2026-10-01", "end_date": "2026-10-09"}
            await put(http, f"/v1/leaves/{new_id()}", leave)
        await put(http, f"/v1/relationships/{new_id()}",
                  {"person_id": setting.teacher, "kind": "mentors", "target_person_id": twin})  # fmt: skip
        before = await seen(district)
        assert (await merge(http, twin, setting.teacher)).status_code == 200
        held = await read_all(district, "/v1/relationships", person_id=setting.teacher)
        assert sorted(row["kind"] for row in held) == ["coaches", "teaches_at"]
        assert len(await read_all(district, "/v1/leaves", person_id=setting.teacher)) == 1
        (told,) = (await http.get(f"/v1/people/{setting.teacher}/merges")).json()["data"]
        assert sorted(move["entity"] for move in told["moves"] if move["is_set_aside"]) == [
            "leaves", "relationships", "relationships",
        ]  # fmt: skip
        assert (await unmerge(http, twin)).status_code == 200
    assert await seen(district) == before


async def everything(district: District, *people: str) -> dict[str, Any]:
    """What a system of the district sees, and what each of these people does."""
    await district.stack.settle()
    found = {"": await seen(district)}
    for person in people:
        async with district.client(UUID(person)) as http:
            for path in LISTS:
                answer = await http.get(f"/v1/{path}?archived=include&limit=500")
                rows = answer.json().get("data", answer.json())
                found[f"{person} {path}"] = [{k: v for k, v in row.items() if k not in MOVING} for row in rows]
    return found


@pytest.mark.parametrize("seed", range(6))
async def test_merge_and_unmerge_change_nothing_that_anybody_sees(district: District, seed: int) -> None:
    """Whatever the two are and have: made by chance, some of it overlapping, some ended, some denied."""
    chance, setting = random.Random(seed), await small_setting(district)
    orgs, days = (setting.d, setting.north, setting.south), ("2025-08-01", "2026-01-15", "2026-08-01", "2026-10-01")

    def span() -> dict[str, Any]:
        begin, end = sorted(chance.sample(days, 2))
        return {"begin_date": begin, "end_date": chance.choice((end, None))}

    def roles() -> list[dict[str, Any]]:
        words = ("teacher", "principal", "counselor", "siteAdministrator")
        given = [{"role": chance.choice(words), "org_id": chance.choice(orgs), **span()} for _ in range(3)]
        return given[: chance.randint(1, 3)]

    one, other = await twin_of(setting, *roles()), await twin_of(setting, *roles())
    async with district.client() as http:
        for person in (one, other) * 2:
            rest = [setting.principal, setting.stranger, *({one, other} - {person})]
            tied = {"kind": chance.choice(("coaches", "mentors")), **span()}
            pair = chance.sample((person, chance.choice(rest)), 2)
            for path, body in (
                ("relationships", {"person_id": pair[0], "target_person_id": pair[1], **tied}),
                ("relationships", {"person_id": person, "kind": "leads", "org_id": chance.choice(orgs), **span()}),
                ("staff-assignments", {"person_id": person, "org_id": setting.north, "position": "teacher", **span()}),
                ("leaves", {"person_id": person, "kind": "sick", **span()}),
            ):
                answer = await http.put(f"/v1/{path}/{new_id()}", json=body)
                assert answer.status_code in {201, 409, 422}, answer.text
        for row in chance.sample(await read_all(district, "/v1/relationships"), 2):
            await http.post(f"/v1/relationships/{row['id']}/archive", headers={"If-Match": "*"})
        people = (one, other, setting.principal, setting.stranger, setting.teacher)
        before = await everything(district, *people)
        assert (await merge(http, one, other)).status_code == 200
        assert await seen(district) != before[""]
        undone = await unmerge(http, one)
        assert undone.status_code == 200, undone.text
    assert await everything(district, *people) == before


async def test_repeats_chains_and_circles(district: District) -> None:
    setting = await small_setting(district)
    twin, third = await twin_of(setting), await twin_of(setting)
    async with district.client() as http:
        address = f"/v1/people/{twin}/merge"
        assert (await http.post(address, json={"into": setting.teacher})).status_code == 428
        assert (
            await http.post(address, json={"into": setting.teacher}, headers={"If-Match": '"9"'})
        ).status_code == 412
        assert (await merge(http, twin, twin)).status_code == 422
        assert (await merge(http, twin, str(new_id()))).status_code == 422
        assert (await http.post(f"/v1/people/{new_id()}/merge", json={"into": twin},
                                headers={"If-Match": "*"})).status_code == 404  # fmt: skip
        first = await merge(http, twin, setting.teacher)
        again = await http.post(address, json={"into": setting.teacher}, headers={"If-Match": '"1"'})
        assert (again.status_code, again.json(), again.headers["ETag"]) == (200, first.json(), first.headers["ETag"])
        for refused, kind, member in (
            (await merge(http, twin, third), "person-merged", {"merged_into": setting.teacher}),
            (await merge(http, third, twin), "person-merged", {"merged_into": setting.teacher}),
            (await merge(http, setting.teacher, third), "person-has-merged", {"merged_ids": [twin]}),
            (await merge(http, setting.teacher, twin), "person-merged", {"merged_into": setting.teacher}),
            (await http.patch(f"/v1/people/{twin}", json={"phone": "1"}, headers={"If-Match": "*"}), "person-merged",
             {"merged_into": setting.teacher}),
            (await http.put(f"/v1/people/{twin}", json={"given_name": "T", "family_name": "T"},
                            headers={"If-Match": "*"}), "person-merged", {"merged_into": setting.teacher}),
            (await http.post(f"/v1/people/{twin}/archive", headers={"If-Match": "*"}), "person-merged",
             {"merged_into": setting.teacher}),
        ):  # fmt: skip
            assert refused.status_code == 409, refused.text
            assert refused.json()["type"] == f"urn:throughline:problem:{kind}"
            assert refused.json() | member == refused.json()
        tie = {"person_id": twin, "kind": "coaches", "target_person_id": setting.stranger}
        answer = await http.put(f"/v1/relationships/{new_id()}", json=tie)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "merged")
        assert (await http.post(f"/v1/people/{twin}/unmerge")).status_code == 428
        done = await unmerge(http, twin)
        repeated = await http.post(f"/v1/people/{twin}/unmerge", headers={"If-Match": '"1"'})
        assert (repeated.status_code, repeated.json()) == (200, done.json())
        never = await http.post(f"/v1/people/{third}/unmerge", headers={"If-Match": "*"})
        assert never.json()["type"] == "urn:throughline:problem:person-not-merged"
        assert (await merge(http, twin, third)).status_code == 200


async def test_who_is_archived_is_merged_only_knowingly(district: District) -> None:
    setting = await small_setting(district)
    left = await twin_of(setting)
    async with district.client() as http:
        gone = await http.post(f"/v1/people/{left}/archive", headers=await tag(http, left))
        assert (await merge(http, left, setting.teacher)).json()["archived"] == [left]
        assert (await merge(http, setting.teacher, left, even_if_archived=True)).json()["archived"] == [left]
        assert (await merge(http, left, setting.teacher, even_if_archived=True)).status_code == 200
        back = await unmerge(http, left)
        assert back.json()["archived_at"] == gone.json()["archived_at"]


async def test_an_unmerge_names_what_blocks_it(district: District) -> None:
    setting = await small_setting(district)
    early = {"role": "teacher", "org_id": setting.north, "begin_date": "2020-08-01", "end_date": "2022-06-30"}
    late = {"role": "teacher", "org_id": setting.north, "begin_date": "2024-08-01", "end_date": "2026-06-30"}
    twin, person, third = await twin_of(setting, early), await twin_of(setting, late), await twin_of(setting)
    async with district.client() as http:
        job = f"/v1/staff-assignments/{new_id()}"
        body = {"person_id": twin, "org_id": setting.north, "position": "teacher", "begin_date": "2020-08-01"}
        await put(http, job, body)
        tie = f"/v1/relationships/{new_id()}"
        support = {"person_id": person, "kind": "mentors", "target_person_id": setting.stranger,
                   "begin_date": "2021-01-01", "end_date": "2021-06-01"}  # fmt: skip
        apart = await http.put(tie, json=support)
        assert apart.json()["errors"][0]["code"] == "outside_roles"
        assert (await merge(http, twin, person)).status_code == 200
        assert (await merge(http, third, person)).status_code == 200
        await put(http, tie, support)  # within the time of both together
        assert (
            await http.patch(job, json={"person_id": setting.teacher}, headers={"If-Match": "*"})
        ).status_code == 200
        before = await seen(district)
        refused = await unmerge(http, twin)
        assert refused.status_code == 409
        blocked = {(row["entity"], row["id"]) for row in refused.json()["blocked_by"]}
        assert blocked == {("people", third), ("staff-assignments", job.rpartition("/")[2]),
                           ("relationships", tie.rpartition("/")[2])}  # fmt: skip
        assert await seen(district) == before  # nothing is half undone
        assert (await unmerge(http, third)).status_code == 200
        await http.patch(job, json={"person_id": person}, headers={"If-Match": "*"})
        await http.post(f"{tie}/archive", headers={"If-Match": "*"})
        done = await unmerge(http, twin)
        assert done.status_code == 200, done.text


@pytest.mark.parametrize("rounds", [6])
async def test_writers_at_once_end_consistent(district: District, rounds: int) -> None:
    """Both directions, a third party, and writers of the same people, all at once."""
    setting = await small_setting(district)
    for _ in range(rounds):
        one, other, third = [await twin_of(setting, {"role": "teacher", "org_id": setting.north}) for _ in range(3)]

        async def joins(person: str, into: str) -> int:
            async with district.client() as http:
                answer = await http.post(f"/v1/people/{person}/merge", json={"into": into}, headers={"If-Match": "*"})
                return answer.status_code

        async def ties(person: str) -> int:
            async with district.client() as http:
                body = {"person_id": person, "kind": "coaches", "target_person_id": setting.stranger}
                return (await http.put(f"/v1/relationships/{new_id()}", json=body)).status_code

        async def assigns(person: str) -> int:
            async with district.client() as http:
                body = {"person_id": person, "org_id": setting.north, "position": "mentor", "begin_date": "2026-08-01"}
                return (await http.put(f"/v1/staff-assignments/{new_id()}", json=body)).status_code

        async def renames(person: str) -> int:
            async with district.client() as http:
                body, headers = {"phone": str(new_id())}, {"If-Match": "*"}
                return (await http.patch(f"/v1/people/{person}", json=body, headers=headers)).status_code

        writes = [joins(one, other), joins(other, one), joins(other, third), joins(third, one)]
        for person in (one, other, third):
            writes += [ties(person), assigns(person), renames(person)]
        codes = await asyncio.gather(*writes)
        assert set(codes[4:]) <= {200, 201, 409, 422}, codes
        assert 200 in codes[:4], codes
        assert set(codes[:4]) <= {200, 409}, codes
        people = {row["id"]: row for row in await read_all(district, "/v1/people", archived="include")}
        merged = {person: people[person]["merged_into"] for person in (one, other, third)}
        for into in merged.values():
            assert into is None or merged[into] is None  # no chain, no circle
        assert list(merged.values()).count(None) == 3 - codes[:4].count(200)
        for path in ("relationships", "staff-assignments"):
            for row in await read_all(district, f"/v1/{path}"):
                assert merged.get(row["person_id"]) is None, (path, row)  # nothing active stays with who is merged

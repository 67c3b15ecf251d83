"""No two of a kind at once, whoever writes at the same moment; and nobody supports anybody out of their time here."""

import asyncio
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.districts.relationships.rules import Span, joined, within
from shared.clock import new_id
from shared.testing.stack import District
from tests.districts.rosters import read_all, upload, zipped

WRITERS = 24


async def member(district: District, *roles: dict[str, Any]) -> str:
    """Put somebody with these roles at the district's one school by hand."""
    person = str(new_id())
    async with district.client() as http:
        body = {"given_name": "Noor", "family_name": person[-6:], "roles": list(roles)}
        made = await http.put(f"/v1/people/{person}", json=body)
        assert made.status_code == 201, made.text
    return person


async def school(district: District) -> str:
    org = str(new_id())
    async with district.client() as http:
        made = await http.put(f"/v1/orgs/{org}", json={"name": "North", "type": "school"})
        assert made.status_code == 201, made.text
    return org


async def tie(http: httpx.AsyncClient, who: str, whom: str, **more: Any) -> httpx.Response:
    body = {"person_id": who, "kind": "coaches", "target_person_id": whom, **more}
    return await http.put(f"/v1/relationships/{new_id()}", json=body)


def overlaps(one: dict[str, Any], other: dict[str, Any]) -> bool:
    spans = [Span.of(*(row[name] and date.fromisoformat(row[name]) for name in ("begin_date", "end_date")))
             for row in (one, other)]  # fmt: skip
    return spans[0].overlaps(spans[1])


async def test_of_two_at_the_same_time_the_second_is_refused(district: District) -> None:
    coach, teacher = await member(district), await member(district)
    async with district.client() as http:
        first = await tie(http, coach, teacher, begin_date="2026-08-01", end_date="2026-12-31")
        assert first.status_code == 201, first.text
        for begin, end in (("2026-12-31", None), (None, "2026-08-01"), (None, None), ("2026-09-01", "2026-09-02")):
            refused = await tie(http, coach, teacher, begin_date=begin, end_date=end)
            assert (refused.status_code, refused.json()["type"]) == (
                409,
                "urn:throughline:problem:relationship-overlaps",
            )
            assert refused.json()["overlaps"] == first.json()["id"]
        assert (await tie(http, coach, teacher, begin_date="2027-01-01")).status_code == 201
        assert (await tie(http, coach, teacher, kind="mentors")).status_code == 201
        assert (await tie(http, teacher, coach)).status_code == 201
        address = f"/v1/relationships/{first.json()['id']}"
        longer = await http.patch(address, json={"end_date": "2027-01-01"}, headers={"If-Match": '"1"'})
        assert longer.status_code == 409
        # What was archived leaves room, and cannot come back into it.
        assert (await http.post(f"{address}/archive", headers={"If-Match": '"1"'})).status_code == 200
        assert (await tie(http, coach, teacher, begin_date="2026-12-01", end_date="2026-12-05")).status_code == 201
        assert (await http.post(f"{address}/restore", headers={"If-Match": '"2"'})).status_code == 409


async def test_many_writers_at_once_leave_no_overlap(district: District) -> None:
    """Two dozen write at once: the same pair, in spans that all overlap their neighbours."""
    coach, teacher = await member(district), await member(district)
    start = date(2026, 1, 1)

    async def write(number: int) -> httpx.Response:
        begin = start + timedelta(days=7 * (number // 2))
        async with district.client() as http:
            return await tie(http, coach, teacher, begin_date=f"{begin}", end_date=f"{begin + timedelta(days=6)}")

    answers = await asyncio.gather(*(write(number) for number in range(WRITERS)))
    assert sorted(answer.status_code for answer in answers) == [201] * (WRITERS // 2) + [409] * (WRITERS // 2)
    kept = await read_all(district, "/v1/relationships", person_id=coach)
    assert len(kept) == WRITERS // 2
    assert not any(overlaps(one, other) for n, one in enumerate(kept) for other in kept[:n])

    async def open_ended() -> httpx.Response:
        async with district.client() as http:
            return await tie(http, coach, teacher, begin_date="2027-01-01")

    answers = list(await asyncio.gather(*(open_ended() for _ in range(WRITERS))))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (WRITERS - 1)


async def test_changes_and_roles_at_once_leave_no_overlap(district: District) -> None:
    """Half make the same leadership by hand while the other half give the person the role of it."""
    org = await school(district)
    person = await member(district, {"role": "teacher", "org_id": org})

    async def by_hand(number: int) -> int:
        async with district.client() as http:
            body = {"person_id": person, "kind": "leads", "org_id": org, "begin_date": f"2026-09-{number + 1:02}"}
            return (await http.put(f"/v1/relationships/{new_id()}", json=body)).status_code

    async def by_role(number: int) -> int:
        async with district.client() as http:
            roles = [{"role": "principal", "org_id": org, "begin_date": f"2026-0{number % 9 + 1}-01"}]
            return (
                await http.patch(f"/v1/people/{person}", json={"roles": roles}, headers={"If-Match": "*"})
            ).status_code

    codes = await asyncio.gather(*((by_hand if n % 2 else by_role)(n) for n in range(WRITERS)))
    assert sorted(codes) == [200] * (WRITERS // 2) + [201] + [409] * (WRITERS // 2 - 1)
    held = [row for row in await read_all(district, "/v1/relationships", person_id=person) if row["kind"] == "leads"]
    assert [row["source"] for row in held] == ["manual"]


async def test_the_database_itself_refuses(district: District) -> None:
    """Whatever forgets the lock is stopped by the constraint."""
    database = district.stack.runtimes["districts"].database
    statement = """insert into districts.relationships (district_id, id, version, created_at, updated_at, person_id,
                     kind, target_person_id, begin_date, end_date, source, denied)
                   values ($1, $2, 1, now(), now(), $3, 'coaches', $4, $5, null, 'manual', false)"""
    who, whom = new_id(), new_id()

    async def write(number: int) -> str:
        try:
            async with database.transaction(district.id) as connection:
                await connection.execute(
                    statement, district.id, new_id(), who, whom, date(2026, 1, 1) + timedelta(days=number)
                )
        except (asyncpg.ExclusionViolationError, asyncpg.DeadlockDetectedError):
            return "refused"
        return "written"

    results = await asyncio.gather(*(write(number) for number in range(4)))
    assert sorted(results) == ["refused"] * 3 + ["written"]


@pytest.mark.parametrize(
    ("dates", "pointer"),
    [
        ({"begin_date": "2026-08-01", "end_date": "2027-06-30"}, None),
        ({}, None),  # open: as long as both are there
        ({"begin_date": "2026-09-15"}, None),
        ({"begin_date": "2026-07-31"}, "#/target_person_id"),
        ({"end_date": "2027-07-01"}, "#/target_person_id"),
        ({"begin_date": "2024-01-01", "end_date": "2024-05-01"}, "#/person_id"),
    ],
)
async def test_support_lies_within_the_time_of_both(
    district: District, dates: dict[str, str], pointer: str | None
) -> None:
    org = await school(district)
    coach = await member(
        district,
        {"role": "ext:coach", "org_id": org, "begin_date": "2025-01-01", "end_date": "2026-09-30"},
        {"role": "aide", "org_id": org, "begin_date": "2026-10-01"},
    )
    teacher = await member(
        district, {"role": "teacher", "org_id": org, "begin_date": "2026-08-01", "end_date": "2027-06-30"}
    )
    async with district.client() as http:
        for kind in ("mentors", "coaches"):
            answer = await tie(http, coach, teacher, kind=kind, **dates)
            if pointer is None:
                assert answer.status_code == 201, answer.text
            else:
                assert answer.status_code == 422
                faults = {(e["pointer"], e["code"]) for e in answer.json()["errors"]}
                assert (pointer, "outside_roles") in faults
                assert "is not within this person's time here" in answer.json()["errors"][0]["message"]


async def test_a_roster_of_two_roles_at_one_school_is_one_relationship(district: District) -> None:
    org = await school(district)
    roles = [
        {"role": "principal", "org_id": org, "begin_date": "2025-08-01", "end_date": "2026-06-30"},
        {"role": "siteAdministrator", "org_id": org, "begin_date": "2026-07-01", "end_date": "2027-06-30"},
        {"role": "principal", "org_id": org, "begin_date": "2028-08-01"},
    ]
    person = await member(district, *roles)
    held = await read_all(district, "/v1/relationships", person_id=person)
    dates = [(row["begin_date"], row["end_date"]) for row in sorted(held, key=lambda row: row["begin_date"])]
    assert dates == [("2025-08-01", "2027-06-30"), ("2028-08-01", None)]
    async with district.client() as http:
        await http.patch(f"/v1/people/{person}", json={"roles": roles[2:]}, headers={"If-Match": "*"})
    assert [row["begin_date"] for row in await read_all(district, "/v1/relationships", person_id=person)] == [
        "2028-08-01"
    ]


async def test_an_acting_person_may_not_restore(district: District) -> None:
    await upload(district, zipped())
    teacher = (await read_all(district, "/v1/people", role="teacher"))[0]["id"]
    (held,) = await read_all(district, "/v1/relationships", person_id=teacher)
    async with district.client(UUID(teacher)) as http:
        assert (
            await http.post(f"/v1/relationships/{held['id']}/restore", headers={"If-Match": "*"})
        ).status_code == 403
    async with district.client() as http:
        answer = await http.post(f"/v1/relationships/{held['id']}/restore", headers={"If-Match": "*"})
        assert answer.json()["type"] == "urn:throughline:problem:relationship-not-withdrawn"


days = st.dates(date(2026, 1, 1), date(2026, 2, 20))
spans = st.tuples(days, days).map(lambda pair: Span(min(pair), max(pair)))


def each(span: Span) -> set[date]:
    return {span.begin + timedelta(days=n) for n in range((span.end - span.begin).days + 1)}


@given(st.lists(spans, min_size=1, max_size=6), spans)
def test_within_is_as_if_days_were_counted(times: list[Span], held: Span) -> None:
    there = set().union(*map(each, times))
    assert within(held.begin, held.end, times) == (each(held) <= there)
    found = joined(times)
    assert set().union(*map(each, found)) == there
    assert all(one.end + timedelta(days=1) < other.begin for one, other in pairwise(found))

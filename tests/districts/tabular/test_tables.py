"""CSV in and out over HTTP: what is exported can be imported, a bad row spoils no other, twice is as once."""

import asyncio
import csv
import io
from typing import Any

import orjson
import pytest

from shared.clock import new_id
from shared.testing.stack import District, token_of
from tests.districts.rosters import read_all
from tests.districts.setting import Setting, named, put, small_setting
from tests.districts.tabular.asking import CSV, counts, export_of, take_in

BELLS = [{"name": "regular", "weekdays": [1], "periods": [{"name": 'the "first"', "begin": "08:00", "end": "09:00"}]}]


def bodies(s: Setting) -> dict[str, list[dict[str, Any]]]:
    since = {"begin_date": "2026-08-01"}
    year = since | {"end_date": "2027-06-30", "school_year": 2027}
    return {
        "staff-assignments": [
            since | {"person_id": s.teacher, "org_id": s.north, "position": "teacher", "fte": 0.1}
            | {"external_key": "a:1"},
            since | {"person_id": s.principal, "org_id": s.north, "position": "ext:head", "career_stage": "veteran"},
        ],
        "leaves": [since | {"person_id": s.teacher, "kind": "sick", "end_date": "2026-08-02"}],
        "school-attributes": [year | {"org_id": s.north, "enrollment": {"total": 50, "white": 3, "asian": 47}},
                              year | {"org_id": s.south, "need_index": 1 / 3, "title_i": "schoolwide"}],
        "calendars": [year | {"org_id": s.d, "name": 'a "b",\r\nc', "time_zone": "UTC", "bell_schedules": BELLS},
                      year | {"org_id": s.north, "name": "N", "days": [{"date": "2026-09-01", "kind": "closure"}]}],
        "relationships": [since | {"person_id": s.principal, "kind": "coaches", "target_person_id": s.teacher}],
    }  # fmt: skip


@pytest.mark.parametrize("noun", list(bodies(Setting(None))))  # type: ignore[arg-type]
async def test_an_export_makes_the_same_rows_elsewhere(district: District, other_district: District, noun: str) -> None:
    given = bodies(await small_setting(district))[noun]
    await small_setting(other_district)
    async with district.client() as http:
        for body in given:
            await put(http, f"/v1/{noun}/{new_id()}", body)
    text = await export_of(district, noun)
    assert counts(await take_in(other_district, noun, text)) == (len(given), 0, 0, 0)
    assert await export_of(other_district, noun) == text
    mine, theirs = [await read_all(d, f"/v1/{noun}") for d in (district, other_district)]
    times = {"created_at", "updated_at"}
    strip = [[{k: v for k, v in row.items() if k not in times} for row in rows] for rows in (mine, theirs)]
    if noun != "relationships":
        assert strip[0] == strip[1]
    assert counts(await take_in(other_district, noun, text)) == (0, 0, len(given), 0)
    again = await read_all(other_district, f"/v1/{noun}")
    assert again == theirs


async def test_a_bad_row_spoils_no_other(district: District) -> None:
    await small_setting(district)
    rows = [
        "external_key,person_id,kind,begin_date,end_date",
        f"a,{named('teacher')},sick,2026-10-01,2026-10-02",
        f"b,{named('teacher')},holiday,2026-10-05,",
        "c,sis:77,sick,2026-10-05,",
        f"d,{named('teacher')},sick,05.10.2026,",
        f"e,{named('teacher')},sick",
        f'f,"{named("teacher")},sick,2026-11-01,',
        f"a,{named('teacher')},sick,2026-12-01,",
        "",
        f"g,{named('teacher')},sick,2026-10-02,2026-10-03",
        f"h,{named('principal')},vacation,2026-10-01,",
    ]
    told = await take_in(district, "leaves", "\ufeff" + "\n".join(rows))
    assert counts(told) == (2, 0, 0, 7)
    assert [(e["line"], e["column"], e["code"]) for e in told["errors"]] == [
        (3, "kind", "string_pattern_mismatch"), (4, "person_id", "unknown"), (5, "begin_date", "value_error"),
        (6, None, "field_count"), (7, None, "broken_quotes"), (8, "external_key", "duplicate"),
        (10, None, "period-overlaps"),
    ]  # fmt: skip
    assert all(e["message"] for e in told["errors"])


async def test_people_and_schools_by_an_id_of_another_system(district: District) -> None:
    setting = await small_setting(district)
    async with district.client() as http:
        body = {"given_name": "Ada", "family_name": "Byron", "external_ids": {"sis": "77"}}
        ada = await put(http, f"/v1/people/{new_id()}", body)
    file = (
        "person_id,org_id,position,begin_date,end_date\r\n"
        f"sis:77,oneroster:{setting.north},teacher,2026-08-01,\r\nsis:78,{setting.north},teacher,2026-08-01,\r\n"
    )
    told = await take_in(district, "staff-assignments", file)
    assert (counts(told), told["errors"][0]["line"]) == ((1, 0, 0, 1), 3)
    assert told["errors"][0]["code"] == "unknown"
    assert told["errors"][0]["message"].startswith("sis:78 is nothing that is known here")
    (row,) = await read_all(district, "/v1/staff-assignments")
    assert (row["person_id"], row["org_id"], row["fte"]) == (ada["id"], setting.north, 1.0)
    # Without an id or key a row is known by what it says, so the same file means the same row.
    changed = file.replace("2026-08-01,\r\nsis:78", "2026-08-01,2027-06-30\r\nsis:78")
    assert counts(await take_in(district, "staff-assignments", changed)) == (0, 1, 0, 1)
    assert counts(await take_in(district, "staff-assignments", changed)) == (0, 0, 1, 1)


async def test_rows_may_come_in_any_order(district: District) -> None:
    """A school's calendar before that of the district which gives it its time zone."""
    setting = await small_setting(district)
    year = "2026-08-01,2027-06-30,2027"
    file = (
        f"org_id,name,begin_date,end_date,school_year,time_zone\n{setting.north},N,{year},\n{setting.d},D,{year},UTC\n"
    )
    assert counts(await take_in(district, "calendars", file)) == (2, 0, 0, 0)


async def test_a_calendar_of_a_file_is_judged_below_those_above_it(district: District) -> None:
    setting = await small_setting(district)
    header = "org_id,name,begin_date,end_date,school_year,time_zone,days,bell_schedules\n"
    year, bells = "2026-08-01,2027-06-30,2027", BELLS[0] | {"name": "early"}
    day = {"date": "2026-09-01", "kind": "instructional", "bell_schedule": "early"}
    cell = '"' + str([day]).replace("'", '""') + '"'
    north = f"{setting.north},N,{year},,{cell},\n"
    told = await take_in(district, "calendars", header + north)
    assert {(e["column"], e["code"]) for e in told["errors"]} == {("days", "unknown"), ("time_zone", "missing")}
    early = orjson.dumps([bells]).decode().replace('"', '""')
    other = f"{setting.south},S,2028-08-01,2029-06-30,2029,,,\n"
    told = await take_in(district, "calendars", f'{header}{north}{other}{setting.d},D,{year},UTC,,"{early}"\n')
    assert counts(told) == (2, 0, 0, 1)
    assert [(e["line"], e["column"], e["code"]) for e in told["errors"]] == [(3, "time_zone", "missing")]


async def test_many_rows_each_told_once(district: District) -> None:
    setting = await small_setting(district)
    rows = [f"k{n},{setting.teacher},{setting.north},ext:p{n},0.001,2026-08-01" for n in range(1200)]
    file = "\n".join(["external_key,person_id,org_id,position,fte,begin_date", *rows])
    assert counts(await take_in(district, "staff-assignments", file)) == (1200, 0, 0, 0)
    assert counts(await take_in(district, "staff-assignments", file)) == (0, 0, 1200, 0)
    async with district.stack.runtimes["districts"].database.transaction(district.id) as connection:
        told = await connection.fetchval(
            "select count(*) from districts.outbox where type = 'staff_assignment.changed'"
        )
    assert told == 1200
    assert len(list(csv.reader(io.StringIO(await export_of(district, "staff-assignments"), newline="")))) == 1201
    assert len((await export_of(district, "staff-assignments", as_of="2026-07-31")).splitlines()) == 1


@pytest.mark.parametrize(
    ("header", "code"),
    [("person_id,kind,begin_date,reason", "unknown_column"), ("person_id,kind", "missing_column"),
     ("person_id,kind,begin_date,kind", "duplicate_column"), ("", "missing_column")],
)  # fmt: skip
async def test_a_header_that_does_not_fit_is_refused(district: District, header: str, code: str) -> None:
    async with district.client() as http:
        answer = await http.post("/v1/leaves/import", content=header + "\n", headers=CSV)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
        assert (await http.post("/v1/leaves/import", json={})).status_code == 415


async def test_what_is_archived_is_not_brought_back(district: District) -> None:
    setting = await small_setting(district)
    row_id = new_id()
    async with district.client() as http:
        await put(http, f"/v1/leaves/{row_id}", bodies(setting)["leaves"][0])
        text = await export_of(district, "leaves")
        await http.post(f"/v1/leaves/{row_id}/archive", headers={"If-Match": "*"})
    told = await take_in(district, "leaves", text)
    assert (counts(told), told["errors"][0]["code"]) == ((0, 0, 0, 1), "archived")
    assert len((await export_of(district, "leaves")).splitlines()) == 1


async def test_whole_tables_are_for_machines(district: District) -> None:
    setting = await small_setting(district)
    async with district.client() as http:
        http.headers["Throughline-Person"] = setting.principal
        for noun in bodies(setting):
            assert (await http.get(f"/v1/{noun}/export")).status_code == 403
            assert (await http.post(f"/v1/{noun}/import", content="id\n", headers=CSV)).status_code == 403


async def test_who_held_what_on_a_day(district: District) -> None:
    setting = await small_setting(district)
    async with district.client() as http:
        await put(http, f"/v1/relationships/{new_id()}", bodies(setting)["relationships"][0])
        role = {"role": "teacher", "org_id": setting.north, "begin_date": "2026-08-01", "end_date": "2027-06-30"}
        person = {"given_name": "Ada", "family_name": "Byron", "roles": [role]}
        ada = await put(http, f"/v1/people/{new_id()}", person)
    for day, coaches, there in (("2026-07-31", 0, False), ("2026-08-01", 1, True), ("2027-07-01", 1, False)):
        assert len(await read_all(district, "/v1/relationships", kind="coaches", as_of=day)) == coaches
        assert (ada["id"] in [p["id"] for p in await read_all(district, "/v1/people", as_of=day)]) == there


async def test_what_says_the_same_row_twice_is_a_duplicate(district: District) -> None:
    """By id, by key, or by who, what and since when: else the same file would change the row for ever."""
    s = await small_setting(district)
    first, held = new_id(), f"{s.teacher},{s.north},teacher,2026-08-01"
    file = "\n".join([
        "id,external_key,person_id,org_id,position,begin_date,fte",
        f"{first},k,{held},1", f",,{held},0.5", f",,{held},0.4", f"{str(first).upper()},,{held},1",
    ])  # fmt: skip
    told = await take_in(district, "staff-assignments", file)
    assert (counts(told), {e["line"]: e["code"] for e in told["errors"]}) == (
        (1, 0, 0, 3), {3: "period-overlaps", 4: "duplicate", 5: "duplicate"},
    )  # fmt: skip
    file = f"external_key,person_id,org_id,position,begin_date,fte\n,{held},0.5\n,{held},0.4\nk,{held},1\n"
    told = await take_in(district, "staff-assignments", file)
    assert (counts(told), [e["code"] for e in told["errors"]]) == ((0, 0, 1, 2), ["period-overlaps", "duplicate"])


async def test_a_file_of_a_megabyte_with_formulas_and_quotes_comes_back_as_it_went(
    district: District, other_district: District
) -> None:
    s = await small_setting(district)
    await small_setting(other_district)
    names = [
        "=cmd|' /C calc'!A0",
        "+1",
        "-1+2",
        "@SUM(A1)",
        "\tx",
        'a "quoted", comma',
        "two\r\nlines",
        "ä €\u2028 \U0001f600",
    ]
    days = [{"date": f"2026-{month:02}-{day:02}", "kind": "closure", "label": "x" * 190} for month in range(1, 13)
            for day in range(1, 29)]  # fmt: skip
    async with district.client() as http:
        for year, name in enumerate(names * 2, 2000):
            day_of_year = [day | {"date": day["date"].replace("2026", str(year))} for day in days]
            body = {"org_id": s.north, "name": name, "school_year": year, "begin_date": f"{year}-01-01",
                    "end_date": f"{year}-12-31", "time_zone": "UTC", "days": day_of_year}  # fmt: skip
            await put(http, f"/v1/calendars/{new_id()}", body)
    text = await export_of(district, "calendars")
    assert len(text) > 1 << 20
    assert counts(await take_in(other_district, "calendars", text)) == (16, 0, 0, 0)
    assert await export_of(other_district, "calendars") == text
    assert sorted(row["name"] for row in await read_all(other_district, "/v1/calendars")) == sorted(names * 2)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n", b"\x00\x01", "id".encode("utf-16"), b'"' * 9999])
async def test_what_is_no_file_is_refused(district: District, content: bytes) -> None:
    async with district.client() as http:
        answer = await http.post("/v1/leaves/import", content=content, headers=CSV)
    assert (answer.status_code, bool(answer.json()["errors"])) == (422, True)


async def test_too_many_rows_or_lines_are_refused_before_any_is_written(district: District) -> None:
    async with district.client() as http:
        for content in (b"person_id,kind,begin_date\n" + b"a,b,c\n" * 20_001, b"\n" * 1_000_000):
            answer = await http.post("/v1/leaves/import", content=content, headers=CSV)
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "too_long")


async def test_whoever_lacks_the_scope_neither_exports_nor_imports(district: District) -> None:
    token = await token_of(district.stack, district.client_id, district.client_secret, "events.read")
    async with district.client(token=token) as http:
        for noun in bodies(Setting(district)):
            assert (await http.get(f"/v1/{noun}/export")).status_code == 403
            assert (await http.post(f"/v1/{noun}/import", content="id\n", headers=CSV)).status_code == 403


async def test_imports_at_once_neither_mix_nor_crowd_the_rest_out(district: District) -> None:
    s = await small_setting(district)
    rows = [f"{s.teacher},{s.north},ext:p{n},0.001,2026-08-01" for n in range(200)]
    file = "\n".join(["person_id,org_id,position,fte,begin_date", *rows])
    async with district.client() as http:
        answers = await asyncio.gather(
            *(http.post("/v1/staff-assignments/import", content=file, headers=CSV) for _ in range(4))
        )
    done = [a for a in answers if a.status_code == 200]
    others = {(a.status_code, a.headers["retry-after"]) for a in answers if a.status_code != 200}
    assert done
    assert others <= {(409, "5")}
    assert sum(a.json()["created"] for a in done) == 200


async def test_a_row_of_many_that_each_make_room_for_the_one_before(district: District) -> None:
    s = await small_setting(district)
    ids = [new_id() for _ in range(12)]

    def leaves(first_day: int) -> str:
        lines = [f"{row},{s.teacher},sick,2026-10-{day:02},2026-10-{day:02}" for day, row in enumerate(ids, first_day)]
        return "\n".join(["id,person_id,kind,begin_date,end_date", *lines])

    assert counts(await take_in(district, "leaves", leaves(1))) == (12, 0, 0, 0)
    assert counts(await take_in(district, "leaves", leaves(2))) == (0, 12, 0, 0)
    assert counts(await take_in(district, "leaves", leaves(1))) == (0, 12, 0, 0)

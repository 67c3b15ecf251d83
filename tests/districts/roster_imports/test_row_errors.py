"""What is wrong with a row is told so that somebody can mend it."""

from typing import Any

from shared.testing.stack import District
from tests.districts.rosters import csv_zip, read_all, upload

ORGS = "sourcedId,name,type,parentSourcedId\nd,District,district,\ns,School,school,d\n"
COURSES = "sourcedId,title,orgSourcedId\nc1,Mathematics,s\nc2,,s\nc3,Art,nowhere\n"
CLASSES = "sourcedId,title,courseSourcedId,schoolSourcedId,termSourcedIds\nk1,One,c1,s,\nk2,Two,c2,s,\nk3,Three,c3,s,\n"
USERS = "sourcedId,givenName,familyName\nu1,Ada,Abara\nu2,,Bauer\nu1,Ada,Abara\nu1,Eva,Abara\n"
ROLES = "sourcedId,userSourcedId,role,orgSourcedId,beginDate\nr1,u1,teacher,s,soon\nr2,u2,teacher,s,\nr3,u1,wizard,s,\n"
SEATS = "sourcedId,role,classSourcedId,userSourcedId\n" + "".join(
    f"e{n},teacher,{seat}\n" for n, seat in enumerate(("k1,u1", "k2,u1", "k1,u2", "k9,u1"), 1)
)


async def errors(district: District, done: dict[str, Any]) -> dict[tuple[str, int], dict[str, Any]]:
    rows = await read_all(district, f"/v1/roster-imports/{done['id']}/errors")
    return {(row["file"], row["line"]): row for row in rows}


async def test_each_fault_has_its_line_column_code_and_sentence(district: District) -> None:
    done = await upload(
        district, csv_zip(orgs=ORGS, courses=COURSES, classes=CLASSES, users=USERS, roles=ROLES, enrollments=SEATS)
    )
    found = await errors(district, done)
    told = {at: (row["column"], row["code"], row["value"], row["severity"]) for at, row in found.items()}
    assert told == {
        ("courses", 3): ("title", "required", None, "error"),
        ("courses", 4): ("orgSourcedId", "dangling_reference", "nowhere", "error"),
        ("classes", 3): ("courseSourcedId", "depends_on_rejected", "c2", "error"),
        ("classes", 4): ("courseSourcedId", "depends_on_rejected", "c3", "error"),
        ("users", 3): ("givenName", "required", None, "error"),
        ("users", 4): ("sourcedId", "repeated", None, "warning"),
        ("users", 5): ("sourcedId", "duplicate", None, "error"),
        ("roles", 2): ("beginDate", "bad_date", "soon", "warning"),
        ("roles", 3): ("userSourcedId", "depends_on_rejected", "u2", "error"),
        ("roles", 4): ("role", "unknown_value", "wizard", "error"),
        ("enrollments", 3): ("classSourcedId", "depends_on_rejected", "k2", "error"),
        ("enrollments", 4): ("userSourcedId", "depends_on_rejected", "u2", "error"),
        ("enrollments", 5): ("classSourcedId", "dangling_reference", "k9", "error"),
    }
    assert (
        found["enrollments", 3]["message"]
        == "classSourcedId names k2, whose own row was rejected: mend that one first."
    )
    assert found["roles", 2]["message"] == "beginDate says soon, which is not a date. The row was kept without it."
    assert found["courses", 4]["message"].startswith("orgSourcedId names nowhere, which is nothing that is active")
    # And the good rows are in.
    assert [row["title"] for row in await read_all(district, "/v1/classes")] == ["One"]
    assert len(await read_all(district, "/v1/enrollments")) == 1
    assert (done["files"]["users"]["new"], done["files"]["users"]["rejected"]) == (1, 2)


async def test_a_row_that_is_mended_brings_in_what_depends_on_it(district: District) -> None:
    files = {"orgs": ORGS, "courses": COURSES, "classes": CLASSES}
    await upload(district, csv_zip(**files))
    done = await upload(district, csv_zip(**files | {"courses": COURSES.replace("c2,,", "c2,Music,")}))
    assert (done["files"]["courses"]["new"], done["files"]["classes"]["new"]) == (1, 1)
    assert set(await errors(district, done)) == {("courses", 4), ("classes", 4)}


async def test_a_rejected_change_keeps_the_row_as_it_was(district: District) -> None:
    await upload(district, csv_zip(orgs=ORGS))
    done = await upload(district, csv_zip(orgs=ORGS.replace("School,school", ",school")))
    assert (done["files"]["orgs"]["rejected"], done["files"]["orgs"]["ended"]) == (1, 0)
    assert {row["name"] for row in await read_all(district, "/v1/orgs")} == {"District", "School"}


async def test_what_ends_has_a_day_on_which_it_ended(district: District) -> None:
    people = "sourcedId,givenName,familyName\n" + "".join(f"u{n},Ada,Abara\n" for n in range(20))
    roles = "sourcedId,userSourcedId,role,orgSourcedId,beginDate,endDate\n" + "".join(
        f"r{n},u{n},teacher,s,2020-08-01,2090-07-31\n" for n in range(20)
    )
    await upload(district, csv_zip(orgs=ORGS, users=people, roles=roles))
    await upload(
        district, csv_zip(orgs=ORGS, users=people, roles=roles.replace("r0,u0,teacher,s,2020-08-01,2090-07-31\n", ""))
    )
    async with district.stack.runtimes["districts"].database.transaction(district.id) as connection:
        rows = await connection.fetch(
            "select sourced_id, end_date, archived_at from districts.roles where sourced_id in ('r0', 'r1') order by 1"
        )
    assert (rows[0]["end_date"], rows[1]["end_date"].year) == (rows[0]["archived_at"].date(), 2090)
    assert rows[1]["archived_at"] is None


async def test_a_parent_that_is_nowhere_or_goes_in_a_circle_is_left_out(district: District) -> None:
    """Whoever leads an organisation leads all below it: a circle would give a principal the district."""
    tree = "sourcedId,name,type,parentSourcedId\n{}n,North,school,a\nw,West,school,w\ne,East,school,gone\n"
    circle = tree.format("d,District,district,a\na,Area,local,d\n")
    done = await upload(district, csv_zip(orgs=circle))
    told = {at: (row["column"], row["code"], row["value"]) for at, row in (await errors(district, done)).items()}
    assert told == {
        ("orgs", 2): ("parentSourcedId", "circular", "a"),
        ("orgs", 3): ("parentSourcedId", "circular", "d"),
        ("orgs", 5): ("parentSourcedId", "circular", "w"),
        ("orgs", 6): ("parentSourcedId", "dangling_reference", "gone"),
    }
    orgs = {row["sourced_id"]: row for row in await read_all(district, "/v1/orgs")}
    assert {name for name, row in orgs.items() if row["parent_id"]} == {"n"}
    assert orgs["n"]["parent_id"] == orgs["a"]["id"]
    # The same circle again changes nothing, and is told again; a file that is mended is as it says.
    again = await upload(district, csv_zip(orgs=circle + " \n"))
    assert again["files"]["orgs"]["unchanged"] == 5
    assert len(await errors(district, again)) == 4
    assert {row["sourced_id"]: row for row in await read_all(district, "/v1/orgs")} == orgs
    await upload(district, csv_zip(orgs=tree.format("d,District,district,\na,Area,local,d\n")))
    orgs = {row["sourced_id"]: row for row in await read_all(district, "/v1/orgs")}
    assert orgs["a"]["parent_id"] == orgs["d"]["id"]

"""Every deviation that interop.md, section 3, knows of, one line each: whatever a SIS does, the roster is the same.

A file, or a row, that is off in one way is imported, and what OneRoster out then says is held against the same set
written by the book. Of each vendor its whole profile is asked over a real socket.
"""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import httpx
import pytest

from services.districts.roster_pulls.mapping import text
from shared.testing.stack import District, Stack, new_district
from tests.districts.fake_sis import FakeSis, Traits, serving, small_district
from tests.districts.oneroster.standard import ROSTERING
from tests.districts.roster_sources.asking import add, counted, profile, pull
from tests.districts.rosters import upload

Files = dict[str, str]
Roster = dict[str, list[dict[str, Any]]]
START = "sourcedId,status,dateLastModified"
CLASSES = (
    "title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,"
    "periods"
)
USERS = (
    "enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,"
    "password,userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,"
    "pronouns"
)
BASE: Files = {
    "orgs": f"""{START},name,type,identifier,parentSourcedId
d,,,District,district,D,
s,,,"School, the",school,S,d
""",
    "academicSessions": f"""{START},title,type,startDate,endDate,parentSourcedId,schoolYear
y,,,2026-27,schoolYear,2026-08-01,2027-06-30,,2027
t,,,Autumn,term,2026-08-01,2026-12-31,y,2027
""",
    "courses": f"""{START},schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes
c,,,y,Algebra,ALG,"09,10",d,"Mathematics,Algebra","MAT,ALG"
""",
    "classes": f"""{START},{CLASSES}
k,,,Algebra 1,09,c,A-1,scheduled,Room 7,s,t,Mathematics,MAT,"1,2"
""",
    "users": f"""{START},{USERS}
u1,,,true,zoe,{{SIS:1}},Zoë,Abara,,I-1,zoe@x.example,,,,09,,UM-1,Zo,,,s,
u2,,,true,tess,,Tess,Bauer,,I-2,tess@x.example,,,,,,UM-2,,,,s,
""",
    "roles": f"""{START},userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId
r1,,,u1,primary,student,2026-08-01,,s,
r2,,,u2,primary,teacher,2026-08-01,,s,
""",
    "enrollments": f"""{START},classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
e1,,,k,s,u1,student,false,2026-08-01,2026-12-31
e2,,,k,s,u2,teacher,true,,
""",
}
HEADER = {name: text.split("\n", 1)[0] for name, text in BASE.items()}
ABSENT = (
    "categories", "classResources", "courseResources", "demographics", "lineItems", "resources", "results",
    "scoreScales",
)  # fmt: skip


def manifest(said: dict[str, str] | None = None, column: str = "value", version: str = "1.0") -> str:
    modes = dict.fromkeys(BASE, "bulk") | dict.fromkeys(ABSENT, "absent") if said is None else said
    rows = [f"propertyName,{column}", f"manifest.version,{version}", "oneroster.version,1.2"]
    return "\r\n".join([*rows, *(f"file.{name},{mode}" for name, mode in modes.items())]) + "\r\n"


def packed(files: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return target.getvalue()


def by_the_book(files: Files = BASE) -> dict[str, str | bytes]:
    return {"manifest.csv": manifest()} | {f"{name}.csv": text.replace("\n", "\r\n") for name, text in files.items()}


def each(change: Callable[[str], str | bytes]) -> bytes:
    """Change every file but the manifest."""
    return packed(
        {n: c if n == "manifest.csv" or isinstance(c, bytes) else change(c) for n, c in by_the_book().items()}
    )


def named(rename: Callable[[str], str]) -> bytes:
    return packed({rename(name): content for name, content in by_the_book().items()})


def other(**changed: str) -> bytes:
    return packed(by_the_book(BASE | changed))


def said(**replaced: tuple[str, str]) -> bytes:
    """Replace one text of a file by another one."""
    for name, (old, _) in replaced.items():
        assert old in BASE[name], (name, old)
    return other(**{name: BASE[name].replace(old, new) for name, (old, new) in replaced.items()})


def columns(text: str, change: Callable[[list[str]], list[str]]) -> str:
    """Change the order of the columns of a file that has no quotes."""
    assert '"' not in text
    return "".join(",".join(change(line.split(","))) + "\n" for line in text.splitlines())


def filled(text: str, date: str) -> str:
    return "".join(line.replace(",,,", f",active,{date},", 1) + "\n" for line in text.splitlines())


BOM = b"\xef\xbb\xbf"
FILES: dict[str, bytes] = {
    "a byte order mark": each(lambda text: BOM + text.encode()),
    "LF instead of CRLF": each(lambda text: text.replace("\r\n", "\n")),
    "CR alone": each(lambda text: text.replace("\r\n", "\r")),
    "the manifest with LF": packed(by_the_book() | {"manifest.csv": manifest().replace("\r\n", "\n")}),
    "the manifest with a byte order mark": packed(by_the_book() | {"manifest.csv": BOM + manifest().encode()}),
    "nested in a folder": named(lambda name: f"export/2026-11/{name}"),
    "nested, with what a Mac leaves": packed(
        {f"x/{n}": c for n, c in by_the_book().items()} | {"__MACOSX/x/._orgs.csv": b"\x00\x05", "x/.DS_Store": b"1"}
    ),
    "back slashes in names": named(lambda name: f"export\\{name}"),
    "names in upper case": named(str.upper),
    "names in lower case": named(str.lower),
    "the manifest says propertyValue": packed(by_the_book() | {"manifest.csv": manifest(column="propertyValue")}),
    "manifest.version is 1, after Excel": packed(by_the_book() | {"manifest.csv": manifest(version="1")}),
    "the manifest names some files": packed(by_the_book() | {"manifest.csv": manifest({"orgs": "bulk"})}),
    "the manifest names none": packed(by_the_book() | {"manifest.csv": manifest({})}),
    "no manifest": packed({n: c for n, c in by_the_book().items() if n != "manifest.csv"}),
    "stored": packed(by_the_book(), zipfile.ZIP_STORED),
    "deflated": packed(by_the_book(), zipfile.ZIP_DEFLATED),
    "an empty file instead of a header": packed(
        by_the_book() | {"demographics.csv": "", "manifest.csv": manifest().replace("demographics,absent",
                                                                                   "demographics,bulk")}
    ),
    "a file with a header alone": packed(by_the_book() | {"userProfiles.csv": "sourcedId,status,dateLastModified,"
                                                          "userSourcedId,profileType,vendorId\r\n"}),
    "blank lines, and none at the end": each(lambda text: text.replace("\r\n", "\r\n\r\n").rstrip()),
    "columns in another order": other(
        users=columns(BASE["users"], lambda cells: cells[::-1]), roles=columns(BASE["roles"], lambda cells: cells[::-1])
    ),
    "trailing empty header cells": other(
        orgs=BASE["orgs"].replace(HEADER["orgs"], HEADER["orgs"] + ",,"),
        roles=columns(BASE["roles"], lambda cells: [*cells, ""]),
    ),
    "trailing commas in rows": other(roles=BASE["roles"].replace(",s,\n", ",s,,,\n")),
    "headers misspelt": other(
        users=BASE["users"].replace("dateLastModified", "dataLastModified")
        .replace("preferredGivenName", "prefferedGivenName"),
    ),
    "headers in odd case": other(users=BASE["users"].replace(HEADER["users"], HEADER["users"].upper())),
    "columns that nobody knows": other(roles=columns(BASE["roles"], lambda cells: [*cells, "whatever"])),
    "the resourceSourcedIds of 1.2.0": other(users=columns(BASE["users"], lambda c: [*c[:16], (
        "resourceSourcedIds" if c[0] == "sourcedId" else ""), *c[16:]])),
}  # fmt: skip
ROWS: dict[str, bytes] = {
    "status and date filled in, in a bulk": each(lambda text: filled(text, "2026-11-20T06:00:00.000Z")),
    "a date without a time": each(lambda text: filled(text, "2026-11-20")),
    "a date of another order": each(lambda text: filled(text, "1/05/2023")),
    "a date that is none": each(lambda text: filled(text, "yesterday")),
    "TRUE": said(users=(",true,", ",TRUE,"), enrollments=(",true,", ",TRUE,")),
    "Scheduled": said(classes=("scheduled", "Scheduled")),
    "roles in odd case": said(roles=("teacher", "Teacher"), enrollments=("student", "STUDENT")),
    "types in odd case": said(orgs=(",school,", ",School,"), academicSessions=(",term,", ",Term,")),
    "grades 9 instead of 09": said(users=(",09,", ",9,"), courses=("09,10", "9,10"), classes=(",09,", ",9,")),
    "days of American order": said(academicSessions=("2026-08-01", "8/1/2026"), roles=("2026-08-01", "08/01/2026")),
    "days with a time": said(academicSessions=("2027-06-30", "2027-06-30T00:00:00.000Z")),
    "stray blanks": other(
        roles=columns(BASE["roles"], lambda cells: [f" {cell} " if cell else cell for cell in cells]),
        enrollments=columns(BASE["enrollments"], lambda cells: [f"{cell}  " if cell else cell for cell in cells]),
    ),
    "blanks in lists": said(courses=("09,10", "09 , 10"), classes=("1,2", "1, 2,")),
    "a blank class title": said(classes=("Algebra 1", "")),
    "the same row twice": other(roles=BASE["roles"] + BASE["roles"].splitlines()[1] + "\n"),
    "a whole file quoted": other(
        roles="".join(",".join(f'"{cell}"' for cell in line.split(",")) + "\n" for line in BASE["roles"].splitlines())
    ),
    "a broken quote": other(roles=BASE["roles"] + 'r3,,,"u2,primary,teacher,,,s,\n'),
    "a row cut off": other(users=BASE["users"] + "u3,,,true\n"),
    "bytes that are no UTF-8": packed(
        by_the_book() | {"users.csv": BASE["users"].encode() + b"u3,,,true,,,J\xf6rg,X,,,,,,,,,,,,,,\n"}
    ),
    "a seat of nobody": other(enrollments=BASE["enrollments"] + "e3,,,k,s,nobody,student,,,\n"),
    "a role nowhere": other(roles=BASE["roles"] + "r3,,,u2,secondary,teacher,,,nowhere,\n"),
    "a class of no course": other(classes=BASE["classes"] + "k2,,,Lost,,nothing,,,,s,t,,,\n"),
    "a term that is not there": said(classes=(",t,", ',"t,gone",')),
    "a primary school that is not there": other(
        users=BASE["users"] + "u3,,,true,,,Ann,Cho,,,,,,,,,,,,,gone,\n", roles=BASE["roles"]
    ),
}  # fmt: skip
REJECTED = {"a broken quote": "roles", "a row cut off": "users", "bytes that are no UTF-8": "users",
            "a seat of nobody": "enrollments", "a role nowhere": "roles",
            "a class of no course": "classes"}  # fmt: skip
READS_OTHERWISE: dict[str, Callable[[Roster], None]] = {
    "a blank class title": lambda roster: roster["classes"][0].update(title="A-1"),
    "a primary school that is not there": lambda roster: roster["users"].append(
        {"sourcedId": "u3", "status": "active",
         "enabledUser": "true", "givenName": "Ann", "familyName": "Cho",
         "roles": []}
    ),
}  # fmt: skip


async def roster_of(district: District) -> Roster:
    """Give what OneRoster out says, but for when it was said."""
    found: Roster = {}
    async with district.client() as http:
        for path in ("orgs", "academicSessions", "courses", "classes", "users", "enrollments"):
            answer = await http.get(f"{ROSTERING.prefix}/{path}")
            assert answer.status_code == 200, answer.text
            (rows,) = answer.json().values()
            kept = [{name: value for name, value in row.items() if name != "dateLastModified"} for row in rows]
            found[path] = sorted(kept, key=lambda row: str(row["sourcedId"]))
    return found


@pytest.fixture(scope="module")
async def expected(stack: Stack) -> Roster:
    district = await new_district(stack)
    done = await upload(district, packed(by_the_book()))
    assert done["warnings"] == []
    assert {name: file["rejected"] for name, file in done["files"].items()} == dict.fromkeys(BASE, 0)
    return await roster_of(district)


@pytest.mark.parametrize("deviation", [*FILES, *ROWS])
async def test_the_roster_is_the_same(district: District, expected: Roster, deviation: str) -> None:
    done = await upload(district, (FILES | ROWS)[deviation])
    rejected = {name: file["rejected"] for name, file in done["files"].items() if file["rejected"]}
    assert rejected == ({REJECTED[deviation]: 1} if deviation in REJECTED else {})
    roster = {path: [dict(row) for row in rows] for path, rows in expected.items()}
    READS_OTHERWISE.get(deviation, lambda _: None)(roster)
    assert await roster_of(district) == roster


@dataclass(frozen=True)
class Vendor:
    """How one vendor's provider is, and how its source is set up."""

    traits: Traits
    profile: dict[str, Any] = field(default_factory=dict)
    warnings: int = 0
    incremental: bool = True


WHOLE = {"academicSessions": 2, "orgs": 2, "courses": 1, "classes": 2, "users": 42, "roles": 42, "enrollments": 41}
VENDORS = {
    "PowerSchool": Vendor(
        Traits(version="1.1", padded=True, token_path="/oauth/access_token", home="/api/ims/oneroster/v1p1"),
        {"page_size": 20},
    ),
    "Infinite Campus": Vendor(
        Traits(token_path="/campus/oauth2/token", token_query="?appName=through%2Dline%20x",
               home="/campus/api/ims/oneroster/rostering/v1p2", header=("x-vendor-authorization", "key:secret"),
               missing={"demographics": 403}),
        {"headers": {"X-Vendor-Authorization": "key:secret"}},
    ),
    "Aeries": Vendor(
        Traits(version="1.1", home="/aeries/ims/oneroster/v1p1", no_total=True, missing={"academicSessions": 404}),
        {"missing": ["academicSessions"]},
    ),
    "ClassLink by its proxy": Vendor(
        Traits(version="1.1", auth="bearer", home="/app-17/ims/oneroster/v1p1", most_a_page=10), {}
    ),
    "ClassLink direct": Vendor(Traits(version="1.1", auth="oauth1-HMAC-SHA256", home="/ims/oneroster/v1p1"), {}),
    "Skyward": Vendor(Traits(version="1.1", no_filter=True), {"supports_filter": False}),
    "Skyward, and nobody said so": Vendor(Traits(version="1.1", no_filter=True)),
    "Synergy": Vendor(Traits(version="1.1", auth="form", no_dates=True), {"supports_delta": False}, incremental=False),
    "one that counts wrongly and gives short pages": Vendor(
        Traits(total=1, most_a_page=7, hides=1), {"page_size": 9}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VENDORS)
async def test_a_vendor_as_it_is(district: District, name: str) -> None:
    vendor = VENDORS[name]
    rows = small_district(vendor.traits.version)
    missing = vendor.traits.missing
    if "academicSessions" in missing:  # what refers to what is not offered goes without it
        for one in rows["classes"]:
            one["terms"] = []
    async with serving(FakeSis(rows, vendor.traits)) as sis:
        source = await add(district, profile(sis, **vendor.profile))
        _, imported = await pull(district, source)
        assert {file: new for file, (new, _, _) in counted(imported).items()} == {
            file: count for file, count in WHOLE.items() if file not in missing
        }
        assert {file for file, said_of in imported["files"].items() if said_of["rejected"]} == set()
        if vendor.incremental:
            again, _ = await pull(district, source, "incremental", "unchanged")
            assert again["files"] == {}
        # A pull that breaks off, or whose pages repeat, ends nobody.
        sis.traits.broken_from = len(sis.asked) + 3
        await pull(district, source, "full", "failed")
    async with district.client() as http:
        users = (await http.get(f"{ROSTERING.prefix}/users", params={"limit": 1000})).json()["users"]
        assert {user["status"] for user in users} == {"active"}
        assert {"TCH_994_1", "994_1001"} <= {user["sourcedId"] for user in users}
        titles = {row["title"] for row in (await _classes(http))}
        assert titles == {"Algebra 1", "A1"}, "a class without a title goes by its code"


async def _classes(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    return list((await http.get(f"{ROSTERING.prefix}/classes")).json()["classes"])


@pytest.mark.parametrize(("given", "written"), [(1234567.0, "1234567"), (12345678.5, "12345678.5"), (True, "true")])
def test_a_number_loses_no_digit(given: object, written: str) -> None:
    assert text(given) == written

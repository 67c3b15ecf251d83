"""OneRoster 1.2 over HTTP: what goes in as CSV comes out as REST, page by page."""

from typing import Any

import httpx
import pytest

from shared.testing.stack import District, token_of
from tests.districts.rosters import upload, zipped

BASE = "/ims/oneroster/rostering/v1p2"
KEYS = {
    "academicSessions": "academicSessions", "terms": "academicSessions", "gradingPeriods": "academicSessions",
    "orgs": "orgs", "schools": "orgs", "courses": "courses", "classes": "classes", "users": "users",
    "students": "users", "teachers": "users", "enrollments": "enrollments",
}  # fmt: skip
ONE = {"academicSessions": "academicSession", "orgs": "org", "courses": "course", "classes": "class", "users": "user",
       "enrollments": "enrollment"}  # fmt: skip


async def get(http: httpx.AsyncClient, path: str, **parameters: Any) -> httpx.Response:
    answer = await http.get(f"{BASE}/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.fixture
async def loaded(district: District) -> District:
    await upload(district, zipped())
    return district


async def test_every_collection_gives_its_objects_and_each_of_them_by_id(loaded: District) -> None:
    expected = {
        "academicSessions": 5, "terms": 2, "gradingPeriods": 2, "orgs": 3, "schools": 2, "courses": 8, "classes": 16,
        "users": 73, "students": 60, "teachers": 8, "enrollments": 316,
    }  # fmt: skip
    async with loaded.client() as http:
        for path, total in expected.items():
            answer = await get(http, path, limit=1000)
            rows = answer.json()[KEYS[path]]
            assert len(rows) == total, path
            assert answer.headers["X-Total-Count"] == str(total), path
            assert {row["status"] for row in rows} == {"active"}
            assert "null" not in answer.text
            one = await get(http, f"{path}/{rows[-1]['sourcedId']}")
            assert one.json() == {ONE[KEYS[path]]: rows[-1]}


async def test_references_are_whole_and_absolute(loaded: District) -> None:
    async with loaded.client() as http:
        seat = (await get(http, "enrollments", limit=1)).json()["enrollments"][0]
        for name, kind in {"user": "user", "class": "class", "school": "org"}.items():
            reference = seat[name]
            assert set(reference) == {"href", "sourcedId", "type"}
            assert reference["type"] == kind
            assert reference["href"].startswith("http://127.0.0.1:8000/ims/oneroster/rostering/v1p2/")
            linked = await http.get(reference["href"])
            assert next(iter(linked.json().values()))["sourcedId"] == reference["sourcedId"]


async def test_a_walk_along_link_next_sees_every_user_once(loaded: District) -> None:
    async with loaded.client() as http:
        seen: list[str] = []
        answer = await get(http, "users", limit=10)
        assert 'rel="prev"' not in answer.headers["Link"]
        while True:
            seen += [user["sourcedId"] for user in answer.json()["users"]]
            following = links(answer).get("next")
            if following is None:
                break
            answer = await http.get(following)
        assert len(seen) == len(set(seen)) == 73
        assert 'rel="prev"' in answer.headers["Link"]


async def test_counting_offsets_up_by_hand_gives_the_same_pages(loaded: District) -> None:
    async with loaded.client() as http:
        whole = [user["sourcedId"] for user in (await get(http, "users", limit=100)).json()["users"]]
        stepped: list[str] = []
        for offset in range(0, 100, 20):
            stepped += [
                user["sourcedId"] for user in (await get(http, "users", limit=20, offset=offset)).json()["users"]
            ]
        assert stepped == whole
        last = links(await get(http, "users", limit=20))["last"]
        assert [u["sourcedId"] for u in (await http.get(last)).json()["users"]] == whole[60:]
        assert (await get(http, "users", offset=1000)).json() == {"users": []}


def links(answer: httpx.Response) -> dict[str, str]:
    found = {}
    for part in answer.headers["Link"].split(", "):
        url, _, relation = part.partition("; rel=")
        found[relation.strip('"')] = url.strip("<>")
    return found


@pytest.mark.parametrize(
    ("path", "condition", "total"),
    [
        ("users", "roles.role='principal'", 2),
        ("users", "role='teacher' OR role='principal'", 10),
        ("users", "givenName='Ada' AND role='student'", None),
        ("users", "familyName~'BAU'", None),
        ("users", "status='tobedeleted'", 0),
        ("users", "dateLastModified>'2020-01-01'", 73),
        ("users", "dateLastModified>'2020-01-01T00:00:00.000+00:00' and status='active'", 73),
        ("users", "email='u3@district.example'", 1),
        ("users", "familyName='O''Brien'", None),
        ("orgs", "type='school'", 2),
        ("orgs", "type!='school'", 1),
        ("courses", "subjects='Music'", 1),
        ("courses", "grades='KG,01,02,03,04,05,06,07,08,09,10,11,12'", 8),
        ("courses", "grades='KG,01'", 0),
        ("courses", "grades~'KG,01'", 8),
        ("academicSessions", "startDate>='2027-01-01'", 1),
        ("enrollments", "role='teacher'", 16),
        ("academicSessions", "schoolYear='2027'", 5),
    ],
)
async def test_filters(loaded: District, path: str, condition: str, total: int | None) -> None:
    async with loaded.client() as http:
        answer = await get(http, path, filter=condition, limit=1000)
        rows = answer.json()[KEYS[path]]
        assert answer.headers["X-Total-Count"] == str(len(rows))
        if total is not None:
            assert len(rows) == total


async def test_a_class_is_found_by_its_school_and_a_sort_is_binary(loaded: District) -> None:
    async with loaded.client() as http:
        school = (await get(http, "schools")).json()["orgs"][0]["sourcedId"]
        found = (await get(http, "classes", filter=f"school.sourcedId='{school}'")).json()["classes"]
        assert len(found) == 8
        users = (await get(http, "users", sort="familyName", orderBy="desc", limit=100)).json()["users"]
        names = [user["familyName"] for user in users]
        assert names == sorted(names, reverse=True)
        assert (await get(http, "users", sort="nonsense")).json() == (await get(http, "users")).json()


async def test_fields_select_members(loaded: District) -> None:
    async with loaded.client() as http:
        users = (await get(http, "users", fields="sourcedId,roles", limit=2)).json()["users"]
        assert all(set(user) == {"sourcedId", "roles"} for user in users)
        assert users[0]["roles"][0]["org"]["href"].startswith("http://127.0.0.1:8000/ims/")
        refused = await http.get(f"{BASE}/users", params={"fields": "sourcedId,shoeSize"})
        assert refused.status_code == 400
        assert minor(refused) == "invalid_selection_field"


def minor(answer: httpx.Response) -> str:
    return str(answer.json()["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"])


async def test_mistakes_are_told_in_the_standards_tongue(loaded: District) -> None:
    async with loaded.client() as http:
        for parameters, code in (
            ({"filter": "shoeSize='7'"}, "invalid_filter_field"),
            ({"filter": "status='active' AND role='x' AND role='y'"}, "invalid_filter_field"),
            ({"filter": "dateLastModified>'yesterday'"}, "invalid_filter_field"),
            ({"limit": "0"}, "invaliddata"),
            ({"limit": "many"}, "invaliddata"),
            ({"offset": "-1"}, "invaliddata"),
        ):
            answer = await http.get(f"{BASE}/users", params=parameters)
            assert (answer.status_code, minor(answer)) == (400, code), parameters
            assert answer.json()["imsx_codeMajor"] == "failure"
        missing = await http.get(f"{BASE}/users/nobody/at/all")
        assert (missing.status_code, minor(missing)) == (404, "unknownobject")
        assert (await http.get(f"{BASE}/users?limit%20=100&anything=1")).status_code == 200
    async with loaded.stack.client() as http:
        nobody = await http.get(f"{BASE}/users")
        assert (nobody.status_code, minor(nobody)) == (401, "unauthorisedrequest")


async def test_the_scope_decides(loaded: District) -> None:
    scope = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly"
    token = await token_of(loaded.stack, loaded.client_id, loaded.client_secret, scope)
    async with loaded.client(token=token) as http:
        assert (await get(http, "users", limit=1)).headers["X-Total-Count"] == "73"
        assert (await http.get("/v1/people")).status_code == 403
    token = await token_of(loaded.stack, loaded.client_id, loaded.client_secret, "roster.read")
    async with loaded.client(token=token) as http:
        refused = await http.get(f"{BASE}/users")
        assert (refused.status_code, minor(refused)) == (403, "forbidden")


async def test_who_left_is_served_as_tobedeleted_with_the_roles_of_then(loaded: District) -> None:
    await upload(loaded, zipped(dropped=0.08))
    async with loaded.client() as http:
        answer = await get(http, "students", filter="status='tobedeleted'")
        gone = answer.json()["users"]
        assert 0 < len(gone) < 20
        assert all(user["roles"][0]["role"] == "student" for user in gone)
        assert (await get(http, "users")).headers["X-Total-Count"] == "73"

"""The gradebook's writes against the standard: what an LMS hands in is what is read back, and nothing else changes."""

from typing import Any

import asyncpg
import httpx
import pytest

from shared.access.scopes import SCOPES
from shared.local.servers import Urls
from shared.testing.stack import District, Stack, new_district, token_of
from tests.districts.oneroster.samples import GRADES, ODD, sample
from tests.districts.oneroster.standard import GRADEBOOK, SCOPE, V1P1_GRADEBOOK, faults
from tests.districts.oneroster.test_contract import hand_in, read, refusal
from tests.districts.rosters import upload

BASE = GRADEBOOK.prefix
ONES = {"categories": "category", "lineItems": "lineItem", "results": "result", "scoreScales": "scoreScale"}
POSTS = {
    "classes/k%2F1/lineItems": {"lineItems": [{"sourcedId": "a", "title": "A"}]},
    "schools/S%2F1/lineItems": {"lineItems": [{"sourcedId": "b", "title": "B", "class": {"sourcedId": "k/1"}}]},
    "lineItems/i%2F1/results": {"results": [{"sourcedId": "c", "student": {"sourcedId": ODD}, "score": 1}]},
    "classes/k%2F1/academicSessions/t%2F1/results": {
        "results": [{"sourcedId": "d", "student": {"sourcedId": ODD}, "lineItem": {"sourcedId": "i/1"}}]
    },
}


@pytest.fixture
async def graded(stack: Stack) -> District:
    district = await new_district(stack)
    await upload(district, sample())
    await hand_in(district)
    return district


async def put(http: httpx.AsyncClient, path: str, **members: Any) -> httpx.Response:
    return await http.put(f"{BASE}/{path}", json={ONES[path.partition("/")[0]]: members})


async def one(http: httpx.AsyncClient, path: str) -> dict[str, Any]:
    body: dict[str, Any] = (await read(http, f"{BASE}/{path}")).json()
    (row,) = body.values()
    assert faults(GRADEBOOK, next(iter(body)), row) == []
    return dict(row)


def to(sourced_id: str) -> dict[str, str]:
    return {"sourcedId": sourced_id}


async def test_what_is_put_is_what_is_read_and_the_same_again_changes_nothing(graded: District) -> None:
    async with graded.client() as http:
        for path, given in GRADES.items():
            (sent,) = given.values()
            before = await one(http, path)
            assert (await http.put(f"{BASE}/{path}", json=given)).status_code == 201
            assert await one(http, path) == before
            for name, value in sent.items():
                if isinstance(value, dict) and "sourcedId" in value:
                    assert before[name]["sourcedId"] == value["sourcedId"]
                elif not name.endswith("Date"):
                    assert before[name] == value
        assert (await one(http, "lineItems/i2"))["dueDate"] == "2026-10-01T00:00:00.000Z"
        assert (await one(http, "lineItems/i2"))["school"]["sourcedId"] == "s2"
        assert (await put(http, "categories/c2", title="Exams", weight=1)).json()["category"]["title"] == "Exams"
        assert (await one(http, "categories/c2"))["weight"] == 1


async def test_the_objectives_of_a_result_may_come_without_scores(graded: District) -> None:
    async with graded.client() as http:
        row = await one(http, "results/r%2F1")
        named = row | {"learningObjectiveSet": [{"source": "case", "learningObjectiveIds": ["std-9"]}]}
        assert (await put(http, "results/r%2F1", **named)).status_code == 201
        kept = [{"source": "case", "learningObjectiveResults": [{"learningObjectiveId": "std-9"}]}]
        assert (await one(http, "results/r%2F1"))["learningObjectiveSet"] == kept


async def test_what_an_lms_does_not_know_it_leaves_out(graded: District) -> None:
    async with graded.client() as http:
        item = await put(
            http, "lineItems/x", title="X", description="", klass=1, status="tobedeleted", category=None,
            **{"class": to("k/1")},
        )  # fmt: skip
        assert item.status_code == 201, item.text
        row = await one(http, "lineItems/x")
        assert (row["category"]["sourcedId"], row["school"]["sourcedId"]) == ("uncategorized", "S/1")
        assert row["status"] == "active"
        assert "description" not in row
        assert (await put(http, "lineItems/y", title="Y", **{"class": to("k2")})).status_code == 201
        more = await put(http, "results/x", lineItem=to("i/1"), student=to(ODD), score=101, late=True)
        assert more.status_code == 201, more.text
        extra = await one(http, "results/x")
        assert (extra["score"], extra["scoreStatus"], extra["late"]) == (101, "fully graded", "true")
        await put(http, "results/z", lineItem=to("i/1"), student=to(ODD), scoreDate="2026-09-09T10:00:00Z")
        late = await one(http, "results/z")
        assert (late["scoreStatus"], late["scoreDate"]) == ("not submitted", "2026-09-09")
        blank = dict.fromkeys(("score", "textScore", "scoreStatus", "scoreDate", "comment", "late", "missing"), "")
        assert (await put(http, "results/w", lineItem=to("i/1"), student=to(ODD), **blank)).status_code == 201
        assert not {"score", "textScore", "comment", "late"} & set(await one(http, "results/w"))


@pytest.mark.parametrize(
    ("path", "members", "status"),
    [
        ("lineItems/x", {"title": "X"}, 422),
        ("lineItems/x", {"title": "X", "class": to("nobody")}, 422),
        ("lineItems/x", {"title": "X", "class": to("k2"), "category": to("nobody")}, 422),
        ("lineItems/x", {"title": "X", "class": to("k2"), "resultValueMin": 2, "resultValueMax": 1}, 422),
        ("lineItems/x", {"title": "X", "class": to("k2"), "sourcedId": "y"}, 422),
        ("lineItems/x", {"class": to("k2")}, 400),
        ("results/x", {"lineItem": to("nobody"), "student": to(ODD)}, 422),
        ("results/x", {"lineItem": to("i/1"), "student": to("nobody")}, 422),
        ("results/x", {"student": to(ODD)}, 422),
        ("results/x", {"lineItem": to("i/1"), "student": to(ODD), "scoreStatus": "lost"}, 400),
        ("results/x", {"lineItem": to("i/1"), "student": to(ODD), "score": "many"}, 400),
        ("results/x", {"lineItem": to("i/1"), "student": to(ODD), "comment": "\x00"}, 400),
        ("categories/x", {"title": "X", "metadata": {"a": ["\x00"]}}, 400),
        ("scoreScales/x", {"title": "X", "type": "t", "class": to("k2"), "scoreScaleValue": []}, 400),
        (
            "scoreScales/x",
            {"title": "X", "type": "t", "class": to("k2"),
             "scoreScaleValue": [{"itemValueLHS": "A", "itemValueRHS": r} for r in ("1", "2")]},
            422,
        ),
    ],
)  # fmt: skip
async def test_what_means_nothing_is_refused(graded: District, path: str, members: dict[str, Any], status: int) -> None:
    async with graded.client() as http:
        assert refusal(await put(http, path, **members)) == (status, "invaliddata")
        assert refusal(await http.get(f"{BASE}/{path}")) == (404, "unknownobject")


async def test_what_is_deleted_is_gone_from_reads_and_told_to_whoever_asks_what_changed(graded: District) -> None:
    async with graded.client() as http:
        for path in ("categories/home%2Fwork", "scoreScales/A-F"):
            assert refusal(await http.delete(f"{BASE}/{path}")) == (422, "deletefailure")
        assert (await http.delete(f"{BASE}/lineItems/i%2F1")).status_code == 204
        assert refusal(await http.delete(f"{BASE}/lineItems/i%2F1")) == (404, "unknownobject")
        assert refusal(await http.get(f"{BASE}/lineItems/i%2F1")) == (404, "unknownobject")
        assert refusal(await http.get(f"{BASE}/results/r%2F1")) == (404, "unknownobject")  # it was of that line item
        assert [i["sourcedId"] for i in (await read(http, f"{BASE}/lineItems")).json()["lineItems"]] == ["i2"]
        assert (await read(http, f"{BASE}/results")).headers["X-Total-Count"] == "2"
        for asked in ("status='tobedeleted'", "dateLastModified>'2026-01-01' AND status!='active'"):
            (gone,) = (await read(http, f"{BASE}/results", filter=asked)).json()["results"]
            assert (gone["sourcedId"], gone["status"]) == ("r/1", "tobedeleted")
            assert faults(GRADEBOOK, "result", gone) == []
        assert refusal(await put(http, "results/new", lineItem=to("i/1"), student=to(ODD)))[0] == 422
        for path in ("categories/home%2Fwork", "scoreScales/A-F", "results/r2"):
            assert (await http.delete(f"{BASE}/{path}")).status_code == 204
        again = GRADES["categories/home%2Fwork"]
        assert (await http.put(f"{BASE}/categories/home%2Fwork", json=again)).status_code == 201
        assert (await one(http, "categories/home%2Fwork"))["status"] == "active"


async def test_posts_answer_pairs_and_overwrite_nothing(graded: District) -> None:
    async with graded.client() as http:
        for path, body in POSTS.items():
            (rows,) = body.values()
            answers = [await http.post(f"{BASE}/{path}", json=body) for _ in range(2)]
            assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
            supplied = rows[0]["sourcedId"]
            pair = {"suppliedSourcedId": supplied, "allocatedSourcedId": supplied}
            assert [a.json() for a in answers] == [{"sourcedIdPairs": [pair]}] * 2
        assert (await one(http, "lineItems/b"))["school"]["sourcedId"] == "S/1"
        assert (await one(http, "results/c"))["lineItem"]["sourcedId"] == "i/1"
        assert (await one(http, "results/d"))["class"]["sourcedId"] == "k/1"
        other = {"lineItems": [{"sourcedId": "a", "title": "Another"}, {"title": "Nameless"}]}
        pairs = (await http.post(f"{BASE}/classes/k2/lineItems", json=other)).json()["sourcedIdPairs"]
        assert pairs[0]["suppliedSourcedId"] == "a" != pairs[0]["allocatedSourcedId"]
        assert (await one(http, "lineItems/a"))["title"] == "A"
        assert [(await one(http, f"lineItems/{p['allocatedSourcedId']}"))["title"] for p in pairs] == [
            "Another", "Nameless",
        ]  # fmt: skip
        twice = {"lineItems": [{"sourcedId": "t", "title": "T"}] * 2}
        assert refusal(await http.post(f"{BASE}/classes/k2/lineItems", json=twice)) == (422, "invaliddata")
        for path, body in POSTS.items():
            nowhere = path.replace("%2F1", "%2Fx")
            assert refusal(await http.post(f"{BASE}/{nowhere}", json=body)) == (404, "unknownobject")
        elsewhere = {"results": [{"student": to("u2"), "lineItem": to("i2")}]}
        path = "classes/k%2F1/academicSessions/t%2F1/results"
        assert refusal(await http.post(f"{BASE}/{path}", json=elsewhere)) == (422, "invaliddata")


async def test_many_results_at_once_cost_few_statements(graded: District) -> None:
    rows = [{"sourcedId": f"m{n}", "student": to(ODD), "score": n} for n in range(3000)]
    async with graded.client() as http:
        answer = await http.post(f"{BASE}/lineItems/i%2F1/results", json={"results": rows})
        assert answer.status_code == 201, answer.text
        assert (await read(http, f"{BASE}/results", limit=1)).headers["X-Total-Count"] == "3003"
        found = (await read(http, f"{BASE}/results", filter="score>='2990'", limit=100)).json()["results"]
        assert len(found) == 10
        mine = await read(http, f"{BASE}/results", filter=f"student.sourcedId='{ODD}' AND lineItem.sourcedId='i/1'")
        assert mine.headers["X-Total-Count"] == "3001"


WRITES = {
    **{f"PUT {path}": "gradebook.createput" for path in GRADES},
    **{f"POST {path}": "gradebook.createpost" for path in POSTS},
    **{f"DELETE {path}": "gradebook.delete" for path in GRADES},
}


async def test_only_its_scope_opens_a_write(graded: District) -> None:
    bodies = {**GRADES, **POSTS}
    for scope in SCOPES:
        token = await token_of(graded.stack, graded.client_id, graded.client_secret, scope)
        async with graded.client(token=token) as http:
            for operation, name in list(WRITES.items()) if scope.startswith("https://") else []:
                method, _, path = operation.partition(" ")
                if scope != f"{SCOPE}{name}":
                    body = None if method == "DELETE" else bodies[path]
                    answer = await http.request(method, f"{BASE}/{path}", json=body)
                    assert refusal(answer) == (403, "forbidden"), f"{operation} {scope}"
    for scope in {f"{SCOPE}{name}" for name in WRITES.values()}:
        token = await token_of(graded.stack, graded.client_id, graded.client_secret, scope)
        async with graded.client(token=token) as http:
            for operation, name in WRITES.items():
                method, _, path = operation.partition(" ")
                if scope == f"{SCOPE}{name}" and method != "DELETE":
                    answer = await http.request(method, f"{BASE}/{path}", json=bodies[path])
                    assert answer.status_code == 201, answer.text
    async with graded.stack.client() as http:
        assert refusal(await http.delete(f"{BASE}/results/r2")) == (401, "unauthorisedrequest")


async def test_no_result_leaves_by_any_other_way(graded: District, other_district: District, urls: Urls) -> None:
    async with other_district.client() as http:
        assert (await read(http, f"{BASE}/results", filter="status!='x'")).json() == {"results": []}
        assert refusal(await http.get(f"{BASE}/results/r2")) == (404, "unknownobject")
    connection = await asyncpg.connect(urls.relay_database_url)
    try:
        told = await connection.fetch("select distinct entity from districts.outbox")
    finally:
        await connection.close()
    assert not {row["entity"] for row in told} & {*ONES, *ONES.values(), "line_items", "score_scales"}


async def test_1_1_takes_and_gives_the_same_rows_in_its_own_members(graded: District) -> None:
    old = V1P1_GRADEBOOK.prefix
    scopes = " ".join(
        f"{SCOPE}gradebook.{name}".replace("v1p2", "v1p1") for name in ("readonly", "createput", "delete")
    )
    token = await token_of(graded.stack, graded.client_id, graded.client_secret, scopes)
    async with graded.client(token=token) as http:
        for path, given in GRADES.items():
            if not path.startswith("scoreScales"):
                answer = await http.put(f"{old}/{path}", json=given)
                assert answer.status_code == 201, answer.text
                (name,) = answer.json()
                assert faults(V1P1_GRADEBOOK, name, answer.json()[name]) == []
                assert (await read(http, f"{old}/{path}")).json() == answer.json()
        item = (await read(http, f"{old}/lineItems/i%2F1")).json()["lineItem"]
        assert item["gradingPeriod"]["href"].endswith("/ims/oneroster/v1p1/academicSessions/g1")
        assert (await http.delete(f"{old}/results/r2")).status_code == 204
        assert refusal(await http.get(f"{old}/results/r2")) == (404, "unknownobject")
        assert refusal(await http.get(f"{old}/scoreScales")) == (404, "unknownobject")
        assert refusal(await http.put(f"{BASE}/categories/c2", json=GRADES["categories/c2"])) == (403, "forbidden")

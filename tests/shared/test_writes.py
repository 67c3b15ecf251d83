"""PUT, PATCH and archive keep their promises on any resource; here on organisations, over HTTP."""

import asyncio
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from shared.clock import new_id
from shared.errors import Invalid
from shared.testing.stack import District
from shared.wire import Name, Wire
from shared.writes import merge_patch, patched

SCHOOL = {"name": "North", "type": "school"}


async def put(http: httpx.AsyncClient, row_id: UUID, if_match: str | None = None, **changes) -> httpx.Response:
    headers = {"If-Match": if_match} if if_match else {}
    return await http.put(f"/v1/orgs/{row_id}", json=SCHOOL | changes, headers=headers)


async def types_told(district: District, row_id: UUID) -> list[str]:
    async with district.stack.runtimes["districts"].database.transaction(district.id) as connection:
        rows = await connection.fetch(
            "select type from districts.outbox where entity = 'orgs' and entity_id = $1 order by seq", row_id
        )
    return [row["type"] for row in rows]


async def test_put_of_a_new_id_creates_and_again_changes_nothing(district: District) -> None:
    row_id = new_id()
    async with district.client() as http:
        made = await put(http, row_id)
        assert (made.status_code, made.headers["ETag"], made.json()["id"]) == (201, '"1"', str(row_id))
        for if_match in (None, '"1"', '"9"', "*"):
            same = await put(http, row_id, if_match)
            assert (same.status_code, same.headers["ETag"]) == (200, '"1"')
            assert same.json() == made.json()
    assert len(await types_told(district, row_id)) == 1, "what changes nothing tells nobody"


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        (None, 428), ('"2"', 412), ('"0"', 412), ("1", 412), ('"1', 412), ("", 412),
        ('"1"', 200), ("*", 200), ('W/"1"', 200), ('"7", "1"', 200),
    ],
)  # fmt: skip
async def test_a_change_needs_the_version_it_was_made_from(district: District, if_match, status) -> None:
    row_id = new_id()
    async with district.client() as http:
        await put(http, row_id)
        headers = {} if if_match is None else {"If-Match": if_match}
        changed = await http.put(f"/v1/orgs/{row_id}", json=SCHOOL | {"name": "South"}, headers=headers)
        assert changed.status_code == status, changed.text
        read = await http.get(f"/v1/orgs/{row_id}")
    if status == 200:
        assert changed.headers["ETag"] == read.headers["ETag"] == '"2"'
        assert read.json()["updated_at"] > read.json()["created_at"]
    else:
        assert changed.json()["current"] == '"1"'
        assert read.json()["name"] == "North"


async def test_of_many_puts_at_once_one_wins_and_none_is_lost(district: District) -> None:
    row_id = new_id()
    async with district.client() as http:
        firsts = await asyncio.gather(*(put(http, row_id) for _ in range(4)))
        assert [answer.status_code for answer in firsts].count(201) == 1
        assert {answer.status_code for answer in firsts} == {200, 201}
        changes = await asyncio.gather(*(put(http, row_id, '"1"', name=f"n{n}") for n in range(4)))
        assert sorted(answer.status_code for answer in changes) == [200, 412, 412, 412]
        (winner,) = (answer.json() for answer in changes if answer.status_code == 200)
        assert (await http.get(f"/v1/orgs/{row_id}")).json() == winner


async def test_put_of_another_districts_id_says_nothing_of_it(district: District, other_district: District) -> None:
    row_id = new_id()
    async with district.client() as http:
        await put(http, row_id)
    async with other_district.client() as http:
        assert (await put(http, row_id, name="Theirs")).status_code == 201
    async with district.client() as http:
        assert (await http.get(f"/v1/orgs/{row_id}")).json()["name"] == "North"


async def test_archiving_needs_the_version_and_twice_is_once(district: District) -> None:
    row_id = new_id()
    async with district.client() as http:
        await put(http, row_id)
        archive = f"/v1/orgs/{row_id}/archive"
        assert (await http.post(archive)).status_code == 428
        assert (await http.post(archive, headers={"If-Match": '"5"'})).status_code == 412
        done = await http.post(archive, headers={"If-Match": '"1"'})
        assert (done.status_code, done.headers["ETag"]) == (200, '"2"')
        again = await http.post(archive, headers={"If-Match": '"1"'})
        assert (again.status_code, again.json()) == (200, done.json())
        assert (await http.get(f"/v1/orgs/{row_id}")).json()["archived_at"]
        assert str(row_id) not in (await http.get("/v1/orgs")).text
        assert str(row_id) in (await http.get("/v1/orgs", params={"archived": "only"})).text


async def test_a_patch_changes_what_it_names(district: District) -> None:
    row_id = new_id()
    async with district.client() as http:
        await put(http, row_id, identifier="7", external_ids={"sis": "1"})
        url = f"/v1/orgs/{row_id}"
        changed = await http.patch(url, json={"identifier": None, "name": "South"}, headers={"If-Match": '"1"'})
        assert changed.status_code == 200, changed.text
        body = changed.json()
        assert (body["identifier"], body["name"], body["external_ids"]) == (None, "South", {"sis": "1"})
        for bad, pointer in (({"name": None}, "#/name"), ({"name": ""}, "#/name"), ({"nmae": "x"}, "#/nmae")):
            refused = await http.patch(url, json=bad, headers={"If-Match": '"2"'})
            assert refused.status_code == 422
            assert refused.json()["errors"][0]["pointer"] == pointer
        assert (await http.patch(f"/v1/orgs/{new_id()}", json={"name": "x"})).status_code == 404


# The examples of RFC 7396, appendix A.
EXAMPLES = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("stored", "patch", "result"), EXAMPLES)
def test_merge_patch_does_as_its_standard_says(stored, patch, result) -> None:
    assert merge_patch(stored, patch) == result


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(json, json)
def test_patching_twice_is_patching_once(stored, patch) -> None:
    once = merge_patch(stored, patch)
    assert merge_patch(once, patch) == once


class Shape(Wire):
    name: Name
    labels: dict[str, str] = Field(default_factory=dict)


def test_the_patched_whole_is_validated() -> None:
    stored = Shape(name="a", labels={"b": "c"})
    assert patched(Shape, stored, {"labels": {"b": None}}) == Shape(name="a")
    with pytest.raises(Invalid) as refused:
        patched(Shape, stored, {"labels": {"b": 1}})
    assert refused.value.errors[0].pointer == "#/labels/b"

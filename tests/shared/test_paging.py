"""One keyset page for every list: total order, stable under writes, cursors that nobody can make up."""

import base64
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from services.districts.orgs.models import Org
from services.districts.orgs.schemas import OrgQuery
from shared.clock import new_id
from shared.errors import Invalid
from shared.paging import Archived, ListQuery, decode, encode, page_of
from shared.testing.stack import District
from shared.units import Unit

REQUEST = SimpleNamespace(
    app=SimpleNamespace(
        state=SimpleNamespace(runtime=SimpleNamespace(settings=SimpleNamespace(public_url="http://us")))
    ),
    query_params=SimpleNamespace(multi_items=lambda: [("type", "a b"), ("after", "old"), ("type", "c")]),
    url=SimpleNamespace(path="/v1/orgs"),
)


async def fill(district: District, names: list[str]) -> None:
    async with district.stack.runtimes["districts"].database.unit(district.id) as unit:
        for name in names:
            row_id = new_id()
            given = {"sourced_id": str(row_id), "name": name, "type": "school"}
            unit.session.add(Org(district_id=district.id, id=row_id, created_at=unit.now, updated_at=unit.now, **given))


async def page(district: District, query: ListQuery, *keys):
    async with district.stack.runtimes["districts"].database.unit(district.id) as unit:
        unit.may_write = False
        statement = select(Org).where(Org.district_id == district.id)
        return (*await page_of(unit, REQUEST, query, statement, *keys), unit.answer.headers.get("Link"))


@pytest.mark.parametrize(
    "keys", [(Org.id,), (Org.name, Org.id), (Org.created_at, Org.id), (Org.updated_at, Org.name, Org.id)]
)
async def test_every_row_comes_once_in_the_order_of_the_keys(district: District, keys) -> None:
    await fill(district, ["b", "a", "b", "ä", "b", "a", "Z"])
    seen, after = [], None
    while True:
        rows, after, total, _ = await page(district, ListQuery(limit=2, after=after, count=True), *keys)
        assert total == 7
        assert len(rows) <= 2
        seen += rows
        if after is None:
            break
    assert len({row.id for row in seen}) == 7
    if keys[0] is Org.name:
        # The embedded cluster's locale is C.
        assert [row.name for row in seen] == ["Z", "a", "a", "b", "b", "b", "ä"]


async def test_what_is_written_between_two_pages_shifts_nothing(district: District) -> None:
    await fill(district, ["c", "e", "g"])
    first, after, *_ = await page(district, ListQuery(limit=2), Org.name, Org.id)
    await fill(district, ["a", "d", "f"])
    second, after, *_ = await page(district, ListQuery(limit=2, after=after), Org.name, Org.id)
    assert [row.name for row in first + second] == ["c", "e", "f", "g"]
    assert after is None


async def test_a_full_last_page_has_no_next(district: District) -> None:
    await fill(district, ["a", "b"])
    rows, after, total, link = await page(district, ListQuery(limit=2), Org.id)
    assert (len(rows), after, total, link) == (2, None, None, None)


async def test_link_is_the_same_question_with_the_next_cursor(district: District) -> None:
    await fill(district, ["a", "b"])
    _, after, _, link = await page(district, ListQuery(limit=1), Org.id)
    assert link == f'<http://us/v1/orgs?type=a+b&type=c&after={after}>; rel="next"'


MOMENT = datetime(2026, 8, 1, 12, tzinfo=UTC)


SOME_ID = "0192f0c1-2b3c-7d4e-8f50-617283940a1b"
UNIT = cast("Unit", SimpleNamespace(path="/v1/orgs"))
PLAIN = ListQuery()


def read(cursor: str, *kinds: type) -> list:
    return decode(UNIT, ListQuery.model_construct(after=cursor), kinds)


def test_a_cursor_is_read_back_as_it_was_written() -> None:
    values = [MOMENT, "ä/ö", 7, new_id()]
    written = encode(UNIT, PLAIN, values)
    assert read(written, *(type(value) for value in values)) == values
    assert set(written) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert decode(UNIT, PLAIN, (int,)) is None


def test_a_cursor_goes_on_with_its_own_question_alone() -> None:
    query = OrgQuery(type="school")
    written = encode(UNIT, query, [new_id()])
    kinds = (type(new_id()),)
    assert decode(UNIT, OrgQuery(type="school", limit=9, count=True, after=written), kinds)
    elsewhere = cast("Unit", SimpleNamespace(path="/v1/people"))
    for unit, other in (
        (UNIT, OrgQuery(after=written)),
        (UNIT, OrgQuery(type="district", after=written)),
        (UNIT, OrgQuery(type="school", archived=Archived.ONLY, after=written)),
        (elsewhere, OrgQuery(type="school", after=written)),
    ):
        with pytest.raises(Invalid, match="of another list, or of other filters"):
            decode(unit, other, kinds)


def cursor(raw: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(raw)).decode()


def marked(*values: object) -> str:
    """A cursor of this list, but with any values."""
    own = orjson.loads(base64.urlsafe_b64decode(encode(UNIT, PLAIN, []) + "=="))
    return cursor([*own, *values])


@pytest.mark.parametrize(
    "made_up",
    ["", "x", "é", "====", cursor([]), cursor(["a", "b"]), cursor({}), cursor(7), cursor(None), cursor("x"),
     cursor([SOME_ID]), marked(), marked("no id"), marked(7), marked(None), marked([]),
     marked(SOME_ID, SOME_ID)],
)  # fmt: skip
def test_what_is_no_cursor_of_the_list_is_said_so(made_up) -> None:
    with pytest.raises(Invalid) as refused:
        read(made_up, type(new_id()))
    assert refused.value.errors[0].pointer == "#/query/after"


@pytest.mark.parametrize("value", [-1, True, False, 1.0, 1.5, "1", None, 2**63, [1]])
def test_a_position_is_a_whole_number_and_no_other(value) -> None:
    with pytest.raises(Invalid):
        read(marked(value), int)
    assert read(marked(7), int) == [7]


@given(st.text(max_size=60), st.sampled_from([int, str, datetime, type(new_id())]))
def test_no_text_breaks_it(text, kind) -> None:
    try:
        (value,) = read(text, kind)
    except Invalid:
        return
    assert isinstance(value, kind)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=9), lambda i: st.lists(i, max_size=3)))
def test_no_json_breaks_it(raw) -> None:
    for kind in (int, str, datetime, type(new_id())):
        try:
            (value,) = read(marked(*raw) if isinstance(raw, list) else cursor(raw), kind)
        except Invalid:
            continue
        assert isinstance(value, kind)


async def test_over_http_the_parameters_are_held_to_their_bounds(district: District) -> None:
    async with district.client() as http:
        for bad in (
            "limit=0",
            "limit=501",
            "limit=x",
            "after=x",
            "after=",
            "nonsense=1",
            "archived=maybe",
            "count=perhaps",
        ):
            answer = await http.get(f"/v1/orgs?{bad}")
            assert answer.status_code == 422, bad
            assert answer.json()["errors"][0]["pointer"] == f"#/query/{bad.partition('=')[0]}"
        assert (await http.get("/v1/orgs?limit=500&count=true")).json() == {"data": [], "next": None, "total": 0}


async def test_over_http_a_cursor_of_another_list_or_filter_is_refused(district: District) -> None:
    await fill(district, ["a", "b", "c"])
    async with district.client() as http:
        after = (await http.get("/v1/orgs?limit=1")).json()["next"]
        assert (await http.get(f"/v1/orgs?limit=2&count=true&after={after}")).status_code == 200
        for other in ("/v1/orgs?type=school&", "/v1/orgs?archived=include&", "/v1/classes?", "/v1/events?"):
            answer = await http.get(f"{other}after={after}")
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/query/after"), other

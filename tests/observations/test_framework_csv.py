"""A framework version as CSV: out, into another district, and out again, byte for byte."""

import csv
import io
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.observations.frameworks.csv_rows import COLUMNS, Document, read, written
from shared.errors import Invalid
from shared.testing.stack import Stack, new_district
from tests.observations.scenes import Framework, School, ok, refused

HEADER = ",".join(COLUMNS)
SHEET = {"Content-Type": "text/csv"}
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
ODD = st.sampled_from(
    ["=1+1", "'=1", "-", "@a", "a,b", 'say "why"', "one\ntwo", "one\rtwo", "a\r\nb", " ", "'", "é…", "\u2028"]
)
WORDS = TEXTS | ODD
MAYBE = st.none() | WORDS
WEIGHT = st.none() | st.floats(0, 1000)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    ids = (str(UUID(int=n)) for n in range(1, 1000))

    def part(**more: Any) -> dict[str, Any]:
        said = {"code": draw(st.none() | st.just("3b.1")), "description": draw(MAYBE), "weight": draw(WEIGHT)}
        return {"id": next(ids), "title": draw(WORDS)} | said | more

    def several(make: Any) -> list[Any]:
        return [make() for _ in range(draw(st.integers(1, 2)))]

    def level(ordinal: int) -> dict[str, Any]:
        attributes = draw(st.lists(WORDS, max_size=2))
        return {"ordinal": ordinal, "label": draw(WORDS), "descriptor": draw(MAYBE), "critical_attributes": attributes}

    def indicator() -> dict[str, Any]:
        levels = [level(n) for n in range(draw(st.integers(0, 3)))]
        return part(prompts=draw(st.lists(WORDS, max_size=2)), levels=levels)

    domains = several(lambda: part(components=several(lambda: part(indicators=several(indicator)))))
    shown = domains[0]["components"][0]["indicators"][0]["id"]
    look_fors = [
        part(kind=draw(st.sampled_from(["seen", "count"])), indicator_id=draw(st.sampled_from([None, shown])),
             prompts=draw(st.lists(WORDS, max_size=1)), tags=draw(st.lists(st.just("a_tag"), max_size=2)))
        for _ in range(draw(st.integers(0, 2)))
    ]  # fmt: skip
    content = {"scoring": draw(st.sampled_from(["levels", "forbidden"])), "domains": domains, "look_fors": look_fors}
    framework = {"name": draw(WORDS), "description": draw(MAYBE)}
    return Document(UUID(int=2000), framework, UUID(int=2001), draw(WORDS), content)


@given(documents())
def test_what_is_written_is_read_again(document: Document) -> None:
    file = written(document)
    again = read(file.encode())
    assert again == document
    assert written(again) == file
    rows = csv.reader(io.StringIO(file, newline=""))
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row[4:6])


async def test_into_another_district_and_out_again_it_is_the_same_file(school: School, stack: Stack) -> None:
    path = f"/v1/framework-versions/{school.framework.version_id}/csv"
    elsewhere = await new_district(stack)
    async with school.acting("teacher") as http:
        answer = await http.get(path)
        refused(await http.post("/v1/framework-versions/import", content=answer.content, headers=SHEET), 403)
    assert answer.headers["Content-Type"].startswith("text/csv")
    async with elsewhere.client() as http:
        refused(await http.get(path), 404)
        made = ok(await http.post("/v1/framework-versions/import", content=answer.content, headers=SHEET), 201)
        assert ok(await http.post("/v1/framework-versions/import", content=answer.content, headers=SHEET)) == made
        assert (await http.get(path)).content == answer.content
        ok(await http.post(path.replace("/csv", "/publish"), headers={"If-Match": "*"}))
        assert (await http.get(path)).content == answer.content
        assert ok(await http.post("/v1/framework-versions/import", content=answer.content, headers=SHEET))["state"]
        other = answer.content.replace(b"Indicator 1", b"Something else", 1)
        problem = await http.post("/v1/framework-versions/import", content=other, headers=SHEET | {"If-Match": "*"})
        refused(problem, 409, "framework-version-published")
    document = Framework.document(school.framework)
    assert (made["state"], made["domains"], made["look_fors"]) == (
        "draft", document["domains"], document["look_fors"],
    )  # fmt: skip


START = f"{HEADER}\r\nframework,{UUID(int=1)},,,F,,,\r\nversion,{UUID(int=2)},{UUID(int=1)},,V,,,levels\r\n"
DOMAIN = f"domain,{UUID(int=3)},,,D,,,\r\n"


@pytest.mark.parametrize(
    ("file", "pointer"),
    [
        (b"", "#/1"),
        (b"\xff", "#"),
        (b"kind,id\r\n", "#/1"),
        (f"{HEADER}\r\n".encode(), "#"),
        (f'{START}domain,"'.encode(), "#"),
        (f"{START}domain,1\r\n".encode(), "#/4"),
        (f"{START}chapter,,,,x,,,\r\n".encode(), "#/4/kind"),
        (f"{START}{START.splitlines()[1]}\r\n".encode(), "#/4/kind"),
        (f"{START}component,{UUID(int=4)},{UUID(int=9)},,C,,,\r\n".encode(), "#/4/parent_id"),
        (f"{START}domain,{UUID(int=3)},{UUID(int=1)},,D,,,\r\n".encode(), "#/4/parent_id"),
        (f"{START}domain,{UUID(int=3)},,,D,,much,\r\n".encode(), "#/4/weight"),
        (f"{START}domain,{UUID(int=3)},,,D,,1e999,\r\n".encode(), "#/4/weight"),
        (f"{START}level,,{UUID(int=3)},,Good,,,x\r\n".encode(), "#/4/setting"),
        (f"{START}{DOMAIN}critical_attribute,,{UUID(int=3)},,Good,,,1\r\n".encode(), "#/5/setting"),
        (f"{START}tag,,{UUID(int=3)},,a,,,\r\n".encode(), "#/4/parent_id"),
    ],
)
def test_what_does_not_fit_is_said_by_line_and_column(file: bytes, pointer: str) -> None:
    with pytest.raises(Invalid) as found:
        read(file)
    assert found.value.errors[0].pointer == pointer


async def test_what_the_document_does_not_take_is_refused_as_a_whole(school: School) -> None:
    async with school.acting() as http:
        for file in (START + DOMAIN, START + "domain,x,,,D,,,\r\n", START.replace("levels", "stars") + DOMAIN):
            refused(await http.post("/v1/framework-versions/import", content=file.encode(), headers=SHEET), 422)
        refused(await http.post("/v1/framework-versions/import", json={}), 415)
        listed = ok(await http.get("/v1/frameworks"))["data"]
    assert [row["id"] for row in listed] == [str(school.framework.id)]

"""A roster as a form: the zip as one part, or each CSV file as a part of its own."""

import zipfile
from io import BytesIO
from typing import Any

import pytest

from shared.testing.stack import District
from tests.districts.rosters import read_all, zipped

Part = tuple[str, tuple[str, bytes, str]]


def parts_of(content: bytes, *, media: str = "text/csv", upper: bool = False) -> list[Part]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = archive.namelist()
        return [("file", (name.upper() if upper else name, archive.read(name), media)) for name in names]


async def post(district: District, parts: list[Part], status: int = 202) -> dict[str, Any]:
    async with district.client() as http:
        answer = await http.post("/v1/roster-imports", files=parts)
        assert answer.status_code == status, answer.text
        told: dict[str, Any] = answer.json()
        if status == 202:
            await district.stack.settle()
            told = (await http.get(answer.headers["Location"])).json()
    return told


@pytest.mark.parametrize("media", ["text/csv", "application/octet-stream"])
async def test_csv_files_one_by_one_are_a_roster(district: District, media: str) -> None:
    parts = parts_of(zipped(), media=media)
    done = await post(district, parts)
    assert (done["state"], done["files"]["users"]["new"]) == ("applied", 73)
    assert len(await read_all(district, "/v1/people")) == 13
    again = await post(district, parts[::-1])
    assert again["same_as"] == done["id"]
    shouted = await post(district, parts_of(zipped(), upper=True))
    assert shouted["same_as"] == done["id"]


async def test_a_zip_as_a_part_is_the_zip(district: District) -> None:
    done = await post(district, [("file", ("roster.zip", zipped(), "application/zip"))])
    assert done["files"]["users"]["new"] == 73


async def test_one_csv_alone_is_taken_and_other_parts_are_not(district: District) -> None:
    orgs = ("file", ("orgs.csv", b"sourcedId,name,type\nd,North,district\n", "text/csv"))
    done = await post(district, [orgs])
    assert done["files"]["orgs"]["new"] == 1
    refused = await post(district, [orgs, ("file", ("notes.txt", b"x", "text/plain"))], 422)
    assert refused["errors"][0]["pointer"] == "#/file/1"
    twice = await post(district, [orgs, orgs], 422)
    assert (twice["errors"][0]["pointer"], twice["errors"][0]["code"]) == ("#/file/1", "duplicate")
    assert (await post(district, [("other", orgs[1])], 422))["errors"][0]["pointer"] == "#/file"

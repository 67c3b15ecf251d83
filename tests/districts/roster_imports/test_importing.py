"""A roster goes in by HTTP and comes out again: the shared data set where it is there, generated ones always."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from bench.roster import Shape, write
from shared.testing.stack import District

DATA = Path(__file__).parents[4] / "shared" / "data" / "oneroster"


def zipped(**shape: Any) -> bytes:
    target = BytesIO()
    write(target, Shape(**{"schools": 2, "students": 30, "teachers": 4, "classes": 8, **shape}))
    return target.getvalue()


async def upload(district: District, content: bytes, expected: str = "applied") -> dict[str, Any]:
    async with district.client() as http:
        answer = await http.post("/v1/roster-imports", content=content, headers={"Content-Type": "application/zip"})
        assert answer.status_code == 202, answer.text
        await district.stack.settle()
        done = (await http.get(answer.headers["Location"])).json()
    assert done["state"] == expected, done
    return done


async def read_all(district: District, path: str, **parameters: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    async with district.client() as http:
        while True:
            page = (await http.get(path, params={"limit": 500, **parameters})).json()
            rows += page["data"]
            if page["next"] is None:
                return rows
            parameters["after"] = page["next"]


async def test_a_bulk_goes_in_and_comes_out(district: District) -> None:
    done = await upload(district, zipped())
    assert done["files"]["users"] == {
        "mode": "bulk", "rows": 73, "added": 73, "changed": 0, "removed": 0, "unchanged": 0, "rejected": 0,
    }  # fmt: skip
    orgs = await read_all(district, "/v1/orgs")
    assert sorted(org["type"] for org in orgs) == ["district", "school", "school"]
    top = next(org for org in orgs if org["type"] == "district")
    assert {org["parent_id"] for org in orgs if org is not top} == {top["id"]}
    people = await read_all(district, "/v1/people")
    roles = sorted(role["role"] for person in people for role in person["roles"])
    assert roles == ["districtAdministrator"] + ["principal"] * 2 + ["siteAdministrator"] * 2 + ["teacher"] * 8
    assert len(await read_all(district, "/v1/terms", type="gradingPeriod")) == 2
    assert len(await read_all(district, "/v1/courses")) == 8
    assert len(await read_all(district, "/v1/classes", org_id=orgs[1]["id"])) in {0, 8}
    seats = await read_all(district, "/v1/enrollments")
    assert {seat["role"] for seat in seats} == {"teacher"}
    assert len(seats) == 16
    kinds = sorted(row["kind"] for row in await read_all(district, "/v1/relationships"))
    assert kinds == ["leads"] * 5 + ["teaches_at"] * 8

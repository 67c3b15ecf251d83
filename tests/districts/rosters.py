"""Rosters for tests: made by the generator, uploaded over HTTP."""

import csv
import zipfile
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

from bench.roster import Shape, write
from shared.testing.stack import District

_PLACES = [parent / "shared" / "data" / "oneroster" for parent in Path(__file__).parents]
DATA = next((place for place in _PLACES if place.exists()), _PLACES[0])


def zipped(**shape: Any) -> bytes:
    """Make a small district of two schools with 73 people."""
    target = BytesIO()
    write(target, Shape(**{"schools": 2, "students": 30, "teachers": 4, "classes": 8, **shape}))
    return target.getvalue()


def csv_zip(manifest: str | None = None, **files: str) -> bytes:
    """Zip files as they stand; without a manifest every one is bulk."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        if manifest is not None:
            made.writestr("manifest.csv", manifest)
        for name, content in files.items():
            made.writestr(f"{name}.csv", content)
    return target.getvalue()


async def upload(
    district: District, content: bytes, expected: str = "applied", *, dry_run: bool = False
) -> dict[str, Any]:
    """Upload a roster, let the job run, and give the import."""
    address = "/v1/roster-imports" + ("?dry_run=true" if dry_run else "")
    async with district.client() as http:
        answer = await http.post(address, content=content, headers={"Content-Type": "application/zip"})
        assert answer.status_code == 202, answer.text
        await district.stack.settle()
        done: dict[str, Any] = (await http.get(answer.headers["Location"])).json()
    assert done["state"] == expected, done
    return done


async def accept(district: District, held: dict[str, Any]) -> None:
    """Apply the plan of an import that is held, as it is."""
    async with district.client() as http:
        etag = (await http.get(held["plan"])).headers["ETag"]
        address = f"/v1/roster-imports/{held['id']}"
        assert (await http.post(f"{address}/apply", headers={"If-Match": etag})).status_code == 202
        await district.stack.settle()
        assert (await http.get(address)).json()["state"] == "applied"


async def read_all(district: District, path: str, **parameters: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    async with district.client() as http:
        while True:
            answer = await http.get(path, params={"limit": 500, **parameters})
            assert answer.status_code == 200, answer.text
            rows += answer.json()["data"]
            if answer.json()["next"] is None:
                return rows
            parameters["after"] = answer.json()["next"]


async def export(district: District, expected: str = "ready", **asked: Any) -> dict[str, Any]:
    """Ask for an export, let the job run, and give it."""
    async with district.client() as http:
        answer = await http.post("/v1/roster-exports", json=asked)
        assert answer.status_code == 202, answer.text
        await district.stack.settle()
        done: dict[str, Any] = (await http.get(answer.headers["Location"])).json()
    assert done["state"] == expected, done
    return done


async def download(district: District, **asked: Any) -> tuple[dict[str, Any], bytes]:
    done = await export(district, **asked)
    async with district.client() as http:
        answer = await http.get(done["content"])
    assert answer.status_code == 200, answer.text
    return done, answer.content


def tables(content: bytes) -> dict[str, list[dict[str, str]]]:
    """Give the rows of each file of a zip in the order of their ids, for comparison by content."""
    found = {}
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                rows = list(csv.DictReader(TextIOWrapper(member, "utf-8-sig", newline="")))
            found[name.removesuffix(".csv")] = sorted(rows, key=lambda row: row.get("sourcedId", ""))
    found.pop("manifest", None)
    return found

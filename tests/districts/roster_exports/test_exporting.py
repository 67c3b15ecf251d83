"""The roster goes out as CSV, and what went out goes in again as the same roster."""

import csv
import hashlib
import io
import zipfile
from base64 import b64encode
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bench.roster_columns import COLUMNS, COLUMNS_11, FILES, FILES_11
from shared.clock import now
from shared.jobs.running import run_job
from shared.testing.stack import District, token_of
from tests.districts.rosters import DATA, download, export, read_all, tables, upload, zipped

needs_data = pytest.mark.skipif(not DATA.exists(), reason="the shared data sets are not here")
PROFILES = {
    "userProfiles": (
        "sourcedId", "status", "dateLastModified", "userSourcedId", "profileType", "vendorId", "applicationId",
        "description", "credentialType", "username", "password",
    )
}  # fmt: skip
HEADERS = {"1.2": (COLUMNS, FILES), "1.1": (COLUMNS_11, FILES_11)}


def manifest_of(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return dict(csv.reader(io.StringIO(archive.read("manifest.csv").decode())))


@pytest.mark.parametrize("version", ["1.2", "1.1"])
async def test_headers_and_manifest_are_exactly_the_standards(district: District, version: str) -> None:
    await upload(district, zipped())
    done, content = await download(district, oneroster_version=version)
    columns, files = HEADERS[version]
    columns = columns | PROFILES if version == "1.2" else columns
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = {name.removesuffix(".csv") for name in archive.namelist()} - {"manifest"}
        assert (
            names == set(done["files"]) == set(columns) - {"demographics"} - ({"roles"} if version == "1.1" else set())
        )
        for name in names:
            text = archive.read(f"{name}.csv").decode()
            assert text.split("\r\n")[0] == ",".join(columns[name]), name
            assert text.endswith("\r\n")
            assert "\n" not in text.replace("\r\n", "")
            rows = list(csv.DictReader(io.StringIO(text)))
            assert len(rows) == done["files"][name]["rows"]
            assert {(row["status"], row["dateLastModified"]) for row in rows} <= {("", "")}
    said = manifest_of(content)
    assert list(said) == [
        "propertyName", "manifest.version", "oneroster.version", *(f"file.{name}" for name in files),
        "source.systemName", "source.systemCode",
    ]  # fmt: skip
    assert (said["manifest.version"], said["oneroster.version"]) == ("1.0", version)
    assert {name for name in files if said[f"file.{name}"] == "bulk"} == names
    assert {said[f"file.{name}"] for name in files} == {"bulk", "absent"}


async def test_a_download_says_its_size_and_hash_and_leaves_a_trace(district: District) -> None:
    await upload(district, zipped())
    done = await export(district)
    async with district.client() as http:
        answer = await http.get(done["content"])
        digest = hashlib.sha256(answer.content)
        assert digest.hexdigest() == done["sha256"]
        assert len(answer.content) == done["size"] == int(answer.headers["Content-Length"])
        assert answer.headers["Repr-Digest"] == f"sha-256=:{b64encode(digest.digest()).decode()}:"
        assert answer.headers["Content-Type"] == "application/zip"
        job = (await http.get(done["job"])).json()
        assert (job["state"], job["done"], job["total"]) == ("succeeded", job["total"], job["done"])
        audit = (await http.get("/v1/audit-events/districts", params={"entity": "roster-exports"})).json()["data"]
    assert "roster_export.downloaded" in {event["action"] for event in audit}


async def test_the_same_roster_gives_the_same_bytes(district: District) -> None:
    await upload(district, zipped())
    assert (await export(district))["sha256"] == (await export(district))["sha256"]


@pytest.mark.parametrize("version", ["1.2", "1.1"])
async def test_out_and_into_an_empty_district_is_the_same_roster(
    district: District, other_district: District, version: str
) -> None:
    await upload(district, zipped(dirt=frozenset({"extra_columns"})))
    _, first = await download(district, oneroster_version=version)
    done = await upload(other_district, first)
    assert sum(file["rejected"] for file in done["files"].values()) == 0
    _, second = await download(other_district, oneroster_version=version)
    assert tables(second) == tables(first)
    again = await upload(other_district, second)
    assert sum(f["new"] + f["changed"] + f["ended"] for f in again["files"].values()) == 0


@needs_data
@pytest.mark.parametrize("name", ["small-1.2-bulk", "medium-1.2-bulk"])
async def test_the_shared_sets_come_out_as_they_went_in(district: District, name: str) -> None:
    """Row for row the same file, and read as the same: into an empty district it would bring what the first brought.

    That it does is shown of the small sets in test_round_trip.py, and of the medium one where that is asked for.
    """
    given = (DATA / f"{name}.zip").read_bytes()
    await upload(district, given)
    _, first = await download(district, has_demographics=True)
    expected = {"demographics": [], "userProfiles": []} | tables(given)
    assert tables(first) == expected
    again = await upload(district, first)
    assert {file: counts["unchanged"] for file, counts in again["files"].items()} == {
        file: len(rows) for file, rows in expected.items()
    }


async def test_a_delta_is_what_changed_and_nothing_else(district: District) -> None:
    await upload(district, zipped())
    bulk = await export(district)
    async with district.client() as http:
        course = (await http.get("/v1/courses?limit=1")).json()["data"][0]
        address = f"/v1/courses/{course['id']}"
        etag = (await http.get(address)).headers["ETag"]
        changed = await http.patch(address, json={"title": 'Said "so",\nnew'}, headers={"If-Match": etag})
        assert changed.status_code == 200, changed.text
    done, content = await download(district, since=bulk["as_of"])
    assert done["files"] == {"courses": {"mode": "delta", "rows": 1}}
    ((row,),) = tables(content).values()
    assert (row["title"], row["status"]) == ('Said "so", new', "active")
    assert row["dateLastModified"] > bulk["as_of"][:19]
    said = manifest_of(content)
    assert {name for name, value in said.items() if value == "delta"} == {"file.courses"}
    nothing, content = await download(district, since=done["as_of"])
    assert nothing["files"] == {}
    assert set(manifest_of(content)) == set(said)


async def test_a_delta_tells_what_ended_and_another_district_follows_it(
    district: District, other_district: District
) -> None:
    await upload(district, zipped())
    bulk, first = await download(district)
    await upload(other_district, first)
    await upload(district, zipped(dropped=0.08, changed=0.2))
    delta, content = await download(district, since=bulk["as_of"])
    ended = [row for row in tables(content)["users"] if row["status"] == "tobedeleted"]
    assert ended
    assert delta["files"]["users"]["rows"] > len(ended)
    await upload(other_district, content)
    assert tables((await download(other_district))[1]) == tables((await download(district))[1])


async def test_what_refers_to_something_ended_is_left_out_of_a_bulk(district: District) -> None:
    await upload(district, zipped())
    (course,) = (await read_all(district, "/v1/courses"))[:1]
    async with district.client() as http:
        ended = await http.post(f"/v1/courses/{course['id']}/archive", headers={"If-Match": "*"})
        assert ended.status_code == 200, ended.text
    _, content = await download(district)
    rows = tables(content)
    classes = {row["sourcedId"] for row in rows["classes"]}
    assert {row["courseSourcedId"] for row in rows["classes"]} == {row["sourcedId"] for row in rows["courses"]}
    assert {row["classSourcedId"] for row in rows["enrollments"]} == classes


async def test_it_takes_the_scope_of_oneroster(district: District) -> None:
    scopes = {"roster.read roster.write": 403, "https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly": 202}
    for scope, status in scopes.items():
        token = await token_of(district.stack, district.client_id, district.client_secret, scope)
        async with district.client(token=token) as http:
            assert (await http.post("/v1/roster-exports", json={})).status_code == status
            assert (await http.get("/v1/roster-exports")).status_code == (200 if status == 202 else 403)


async def test_nothing_to_download_before_it_is_ready(district: District, other_district: District) -> None:
    async with district.client() as http:
        asked = (await http.post("/v1/roster-exports", json={})).json()
        early = await http.get(asked["content"])
        assert (early.status_code, early.json()["state"]) == (409, "queued")
        future = await http.post("/v1/roster-exports", json={"since": (now() + timedelta(days=1)).isoformat()})
        assert future.status_code == 422
    async with other_district.client() as http:
        assert (await http.get(asked["content"])).status_code == 404


async def test_an_export_is_forgotten_when_its_days_are_over(district: District) -> None:
    await upload(district, zipped())
    first, second = await export(district), await export(district)
    assert first["sha256"] == second["sha256"]
    assert await _forget(district, first) == "expired"
    async with district.client() as http:
        assert (await http.get(first["content"])).status_code == 409
        assert (await http.get(second["content"])).status_code == 200, "the same bytes are still the other one's"
    assert await _forget(district, second) == "expired"
    blobs = district.stack.runtimes["districts"].blobs
    assert not await blobs.exists(district.id, first["sha256"])


async def test_nobody_can_put_off_that_it_is_forgotten(district: District) -> None:
    await upload(district, zipped())
    made = await export(district)
    async with district.client() as http:
        jobs = (await http.get("/v1/jobs/districts", params={"state": "queued"})).json()["data"]
        (forgetting,) = [job for job in jobs if job["name"] == "roster_exports.forget"]
        refused = await http.post(f"/v1/jobs/districts/{forgetting['id']}/cancel", headers={"If-Match": "*"})
        assert (refused.status_code, refused.json()["possible"], forgetting["possible"]) == (409, [], [])
        async with district.stack.runtimes["districts"].database.transaction(district.id) as connection:
            await connection.execute(
                "update districts.roster_exports set expires_at = now() where district_id = $1", district.id
            )
        over = await http.get(made["content"])
    assert (over.status_code, over.json()["state"]) == (409, "expired"), "also while no worker comes to delete it"


async def _forget(district: District, row: dict[str, Any]) -> str:
    """Let the row's days be over, and its job be due."""
    runtime = district.stack.runtimes["districts"]
    async with runtime.database.transaction(district.id) as connection:
        await connection.execute(
            "update districts.roster_exports set expires_at = now() where district_id = $1 and id = $2",
            district.id, UUID(row["id"]),
        )  # fmt: skip
        job = await connection.fetchval(
            """update districts.jobs set lease_until = now() where district_id = $1 and name = 'roster_exports.forget'
               and args ->> 'export_id' = $2 returning id""",
            district.id, row["id"],
        )  # fmt: skip
    await run_job(runtime, district.stack.work["districts"].jobs, district.id, job)
    async with district.client() as http:
        return str((await http.get(f"/v1/roster-exports/{row['id']}")).json()["state"])

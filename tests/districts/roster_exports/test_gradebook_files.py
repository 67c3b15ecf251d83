"""The gradebook goes out with the roster where that is asked for, and what went out goes in again as the same."""

from typing import Any

import pytest

from shared.testing.stack import District, token_of
from tests.districts.oneroster.samples import ODD, sample
from tests.districts.roster_imports.test_gradebook_files import FILES, GRADEBOOK, LINKS, linked, package
from tests.districts.rosters import csv_zip, download, export, tables, upload

HEADERS = {
    "1.2": {name: text.split("\n")[0] for name, text in (FILES | LINKS).items()},
    "1.1": {
        "categories": "sourcedId,status,dateLastModified,title",
        "lineItems": "sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,"
        "categorySourcedId,gradingPeriodSourcedId,resultValueMin,resultValueMax",
        "results": "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,"
        "comment",
    },
}
BASES = {"1.2": "/ims/oneroster/gradebook/v1p2", "1.1": "/ims/oneroster/v1p1"}


async def provided(district: District, version: str) -> dict[str, list[dict[str, Any]]]:
    """Give what the gradebook's collections show as active, without when each row was written."""
    found = {}
    async with district.client() as http:
        for name in FILES if version == "1.2" else HEADERS[version]:
            answer = await http.get(f"{BASES[version]}/{name}", params={"limit": 1000, "sort": "sourcedId"})
            assert answer.status_code == 200, answer.text
            (rows,) = answer.json().values()
            assert rows
            found[name] = [row | {"dateLastModified": ""} for row in rows if row["status"] == "active"]
    return found


@pytest.mark.parametrize("version", BASES)
async def test_out_and_into_an_empty_district_is_the_same_gradebook(
    district: District, other_district: District, version: str
) -> None:
    await upload(district, sample())
    await upload(district, linked())
    done, first = await download(district, oneroster_version=version, has_gradebook=True)
    rows = tables(first)
    for name, header in HEADERS[version].items():
        assert ",".join(rows[name][0]) == header
        assert done["files"][name] == {"mode": "bulk", "rows": len(rows[name])}
    assert ("scoreScales" in rows) == (version == "1.2")
    assert [row["score"] for row in rows["results"]] == ["93.5", "", "7"]
    await upload(other_district, first)
    assert await provided(other_district, version) == await provided(district, version)
    _, second = await download(other_district, oneroster_version=version, has_gradebook=True)
    assert tables(second) == rows


async def test_a_delta_tells_what_changed_and_another_district_follows_it(
    district: District, other_district: District
) -> None:
    await upload(district, sample())
    await upload(district, package())
    bulk, first = await download(district, has_gradebook=True)
    await upload(other_district, first)
    base = BASES["1.2"]
    async with district.client() as http:
        result = {
            "lineItem": {"sourcedId": "i1"},
            "student": {"sourcedId": ODD},
            "score": 50,
            "scoreDate": "2026-09-10",
        }
        assert (await http.put(f"{base}/results/r1", json={"result": result})).status_code == 201
        assert (await http.delete(f"{base}/lineItems/i2")).status_code == 204
    delta, content = await download(district, since=bulk["as_of"], has_gradebook=True)
    told = {name: {row["sourcedId"]: row["status"] for row in rows} for name, rows in tables(content).items()}
    assert told == {
        "lineItems": {"i2": "tobedeleted"},
        "results": {"r1": "active", "r2": "tobedeleted", "r3": "tobedeleted"},
    }
    assert delta["files"]["results"] == {"mode": "delta", "rows": 3}
    await upload(other_district, content)
    assert await provided(other_district, "1.2") == await provided(district, "1.2")


async def test_what_an_lms_links_goes_out_and_what_it_takes_away_too(
    district: District, other_district: District
) -> None:
    await upload(district, sample())
    await upload(district, linked())
    bulk, first = await download(district, has_gradebook=True)
    await upload(other_district, first)
    row = {name: {"sourcedId": to} for name, to in (("class", "k/1"), ("category", "w"), ("gradingPeriod", "g1"))}
    row |= {"title": "Zeno", "dueDate": "2026-10-01"}
    one = {"source": "unknown", "learningObjectiveIds": ["own", "std-2"]}
    async with district.client() as http:
        put = await http.put(f"{GRADEBOOK}/lineItems/i1", json={"lineItem": row | {"learningObjectiveSet": [one]}})
        assert put.status_code == 201, put.text
    _, content = await download(district, since=bulk["as_of"], has_gradebook=True)
    rows = tables(content)
    assert {row["sourcedId"]: row["status"] for row in rows["lineItemLearningObjectiveIds"]} == {
        "o1": "tobedeleted", "o2": "tobedeleted", "i1@unknown/std-2": "active", "i1@unknown/own": "active",
    }  # fmt: skip
    assert [(row["sourcedId"], row["status"]) for row in rows["lineItemScoreScales"]] == [("ls1", "tobedeleted")]
    await upload(other_district, content)
    assert await provided(other_district, "1.2") == await provided(district, "1.2")
    _, again = await download(other_district, has_gradebook=True)
    _, now = await download(district, has_gradebook=True)
    assert tables(again) == tables(now)


async def test_what_refers_to_a_class_that_ended_is_left_out_of_a_bulk(district: District) -> None:
    await upload(district, sample())
    await upload(district, package())
    manifest = "propertyName,value\noneroster.version,1.2\nfile.classes,delta\n"
    gone = "sourcedId,status,dateLastModified,title,courseSourcedId,schoolSourcedId\nk2,tobedeleted,,Art 1,c2,s2\n"
    await upload(district, csv_zip(manifest, classes=gone))
    _, content = await download(district, has_gradebook=True)
    rows = tables(content)
    assert [row["sourcedId"] for row in rows["lineItems"]] == ["i1"]
    assert [row["sourcedId"] for row in rows["results"]] == ["r1"]


async def test_it_takes_the_scope_of_the_gradebook_to_ask_and_to_fetch(district: District) -> None:
    await upload(district, sample())
    done = await export(district, has_gradebook=True)
    scope = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly"
    token = await token_of(district.stack, district.client_id, district.client_secret, scope)
    async with district.client(token=token) as http:
        assert (await http.post("/v1/roster-exports", json={"has_gradebook": True})).status_code == 403
        assert (await http.get(done["content"])).status_code == 403
        assert (await http.post("/v1/roster-exports", json={})).status_code == 202
    assert not set(FILES) & set((await export(district))["files"])

"""A SIS that gives everybody new ids: the same people under new sourcedIds, nobody leaves and nobody joins."""

import csv
import io
import zipfile
from typing import Any

import pytest

from shared.testing.stack import District
from tests.districts.roster_imports.test_reverting import reverted, seen
from tests.districts.rosters import accept, read_all, upload, zipped

REFERS = ("userSourcedId", "agentSourcedIds")


def renumbered(content: bytes, *, few: int | None = None) -> bytes:
    """Give users (all, or the first few), their roles and seats other ids, as a SIS does that moves to 1.2."""
    target = io.BytesIO()
    users: dict[str, str] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(target, "w") as made:
        for name in sorted(given.namelist(), key=lambda name: name != "users.csv"):
            rows = list(csv.DictReader(io.StringIO(given.read(name).decode(), newline="")))
            if name == "users.csv":
                users = {row["sourcedId"]: f"new-{row['sourcedId']}" for row in rows[:few]}
            for row in rows:
                if name in {"users.csv", "demographics.csv"}:
                    row["sourcedId"] = users.get(row["sourcedId"], row["sourcedId"])
                elif row.get("userSourcedId") in users:
                    row["sourcedId"] = f"new-{row['sourcedId']}"
                for column in REFERS:
                    if column in row:
                        row[column] = ",".join(users.get(one, one) for one in row[column].split(","))
            out = io.StringIO(newline="")
            writer = csv.DictWriter(out, rows[0].keys() if rows else [])
            writer.writeheader()
            writer.writerows(rows)
            made.writestr(name, out.getvalue())
    return target.getvalue()


def stable(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    moving = {"sourced_id", "version", "updated_at"}
    return [{k: v for k, v in person.items() if k not in moving} for person in people]


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_everybody_is_who_they_were(district: District, version: str) -> None:
    await upload(district, zipped(version=version))
    before = await seen(district)
    held = await upload(district, renumbered(zipped(version=version)), "held")
    users = held["files"]["users"]
    assert (users["rekeyed"], users["changed"], users["new"], users["ended"]) == (73, 73, 0, 0)
    async with district.client() as http:
        plan = (await http.get(held["plan"])).json()
    assert plan["over"][0] == {"file": "users", "ended": 0, "rekeyed": 73, "active": 73}
    sample = plan["entities"]["users"]["samples"]["rekeyed"][0]
    assert (sample["sourced_id"], sample["name"]) == (f"new-{sample['was']}", None)
    assert "identifier" in sample["matched_by"]
    assert await seen(district) == before

    await accept(district, held)
    after = await seen(district)
    assert stable(after["v1/people"]) == stable(before["v1/people"])
    assert after["v1/relationships"] == [
        row | {"role_id": new["role_id"]} if "role_id" in row else row
        for row, new in zip(before["v1/relationships"], after["v1/relationships"], strict=True)
    ]
    assert {p["sourced_id"] for p in after["v1/people"]} == {f"new-{p['sourced_id']}" for p in before["v1/people"]}
    old = before["v1/people"][0]
    for said in (old["sourced_id"], f"new-{old['sourced_id']}"):
        found = await read_all(district, "/v1/people", external_id=f"oneroster:{said}")
        assert [person["id"] for person in found] == [old["id"]]
    async with district.client() as http:
        ids = (await http.get(f"/v1/people/{old['id']}/external-ids")).json()
        assert [former["sourced_id"] for former in ids["former_sourced_ids"]] == [old["sourced_id"]]
        done = (await http.get(f"/v1/roster-imports/{held['id']}")).json()
    await reverted(district, done)
    assert await seen(district) == before
    async with district.client() as http:
        ids = (await http.get(f"/v1/people/{old['id']}/external-ids")).json()
    assert (ids["sourced_id"], ids["former_sourced_ids"]) == (old["sourced_id"], [])


async def test_a_few_need_no_yes(district: District) -> None:
    await upload(district, zipped())
    before = await read_all(district, "/v1/people")
    done = await upload(district, renumbered(zipped(), few=3))
    assert (done["files"]["users"]["rekeyed"], done["files"]["users"]["ended"]) == (3, 0)
    assert stable(await read_all(district, "/v1/people")) == stable(before)


async def test_who_says_that_they_are_others_is_believed(district: District) -> None:
    await upload(district, zipped())
    async with district.client() as http:
        content = renumbered(zipped(), few=3)
        answer = await http.post(
            "/v1/roster-imports?rekey=false", content=content, headers={"Content-Type": "application/zip"}
        )
        await district.stack.settle()
        users = (await http.get(answer.headers["Location"])).json()["files"]["users"]
    assert (users["rekeyed"], users["new"], users["ended"]) == (0, 3, 3)


async def test_people_are_found_by_any_id(district: District) -> None:
    await upload(district, zipped())
    person = next(p for p in await read_all(district, "/v1/people") if p["identifier"] and p["username"])
    for name in ("email", "username", "identifier"):
        found = await read_all(district, "/v1/people", **{name: person[name]})
        assert [p["id"] for p in found] == [person["id"]], name

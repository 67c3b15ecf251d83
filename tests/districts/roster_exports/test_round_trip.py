"""A set goes in, out as CSV 1.2.1 and 1.1, and into an empty district, which then shows the same roster to everybody.

Asked through the OneRoster provider (1.2 and 1.1) and `/v1`. The shared sets where they are there, generated ones
always; the medium one, which takes half a minute, with ROUND_TRIP_MEDIUM set in the environment. CSV 1.1 has no roles
of its own, so there a principal comes out as the administrator that 1.1 knows.
"""

import os
from collections.abc import Sequence
from typing import Any

import pytest

from shared.access.scopes import ONEROSTER
from shared.testing.stack import District, token_of
from tests.districts.oneroster.samples import ODD, sample
from tests.districts.rosters import DATA, download, export, read_all, tables, upload, zipped

SETS: dict[str, tuple[str, ...]] = {
    "small 1.1": ("small-1.1-bulk",),
    "small 1.2": ("small-1.2-bulk",),
    "small and its delta": ("small-1.2-bulk", "small-1.2-delta"),
    "medium 1.2": ("medium-1.2-bulk",),
}
asked = pytest.mark.skipif("ROUND_TRIP_MEDIUM" not in os.environ, reason="half a minute: ROUND_TRIP_MEDIUM=1 runs it")
BASES = {"1.2": "/ims/oneroster/rostering/v1p2", "1.1": "/ims/oneroster/v1p1"}
SHOWN = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics")
OURS = ("orgs", "terms", "courses", "classes", "people", "enrollments")
WHEN = {"created_at", "updated_at", "version", "dateLastModified"}
# What CSV 1.1 cannot say of a member of staff: the roles beside the one, and when they began.
LOST_IN_11 = {"roles"}


async def provided(district: District, version: str) -> dict[str, list[dict[str, Any]]]:
    """Give what is active in the provider's collections, to the last page, without when each row was written."""
    found: dict[str, list[dict[str, Any]]] = {}
    async with district.client() as http:
        for name in SHOWN:
            rows: list[dict[str, Any]] = []
            address = f"{BASES[version]}/{name}?limit=10000"
            while address:
                answer = await http.get(address)
                assert answer.status_code == 200, answer.text
                (page,) = answer.json().values()
                rows += page
                address = answer.links.get("next", {}).get("url", "")
            assert len(rows) == int(answer.headers["X-Total-Count"])
            active = (_plain(row) for row in rows if row["status"] == "active")
            found[name] = sorted(active, key=lambda row: str(row["sourcedId"]))
    return found


async def ours(district: District, *, without: Sequence[str] = ()) -> dict[str, list[Any]]:
    """Give what `/v1` shows, told by the ids of the SIS instead of ours."""
    rows = {name: await read_all(district, f"/v1/{name}") for name in OURS}
    known = {row["id"]: _said(row) for noun in rows.values() for row in noun}
    return {name: sorted((_renamed(_plain(row, without), known) for row in rows[name]), key=str) for name in OURS}


def _said(row: dict[str, Any]) -> str:
    """Name a row by what both districts call it: its sourcedId where `/v1` shows it, else its title."""
    return str(row.get("external_ids", {}).get("oneroster") or row.get("title"))


def _plain(row: dict[str, Any], without: Sequence[str] = ()) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in WHEN and name not in without}


def _renamed(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _renamed(inner, known) for name, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, known) for inner in value]
    return known.get(value, value) if isinstance(value, str) else value


async def goes_round(source: District, empty: District, version: str) -> None:
    _, first = await download(source, oneroster_version=version, has_demographics=True)
    assert await read_all(empty, "/v1/orgs") == []
    done = await upload(empty, first)
    assert sum(file["rejected"] for file in done["files"].values()) == 0
    assert await provided(empty, version) == await provided(source, version)
    lost = sorted(LOST_IN_11) if version == "1.1" else []
    assert await ours(empty, without=lost) == await ours(source, without=lost)
    _, second = await download(empty, oneroster_version=version, has_demographics=True)
    assert tables(second) == tables(first)


@pytest.mark.parametrize("version", BASES)
@pytest.mark.parametrize("made", ["bulk 1.1", "bulk 1.2", "bulk 1.2 and delta"])
async def test_a_generated_set(district: District, other_district: District, made: str, version: str) -> None:
    await upload(district, zipped(version="1.1" if made == "bulk 1.1" else "1.2"))
    if made.endswith("delta"):
        delta = await upload(district, zipped(kind="delta", changed=0.2))
        assert delta["files"]["users"]["changed"] > 0
        assert delta["files"]["enrollments"]["ended"] > 0
    await goes_round(district, other_district, version)


async def test_a_set_that_fills_every_member(district: District, other_district: District) -> None:
    """With profiles, to which roles refer, and demographics."""
    await upload(district, sample())
    await goes_round(district, other_district, "1.2")
    assert ODD in {row["sourcedId"] for row in (await provided(other_district, "1.2"))["demographics"]}


async def test_demographics_take_their_own_scope(district: District) -> None:
    done = await export(district, has_demographics=True)
    scope = f"{ONEROSTER}roster.readonly"
    token = await token_of(district.stack, district.client_id, district.client_secret, scope)
    async with district.client() as http:
        bearer = {"Authorization": f"Bearer {token}"}
        asked = await http.post("/v1/roster-exports", json={"has_demographics": True}, headers=bearer)
        fetched = await http.get(done["content"], headers=bearer)
    assert (asked.status_code, fetched.status_code) == (403, 403)
    assert asked.json()["scopes"] == [f"{ONEROSTER}roster-demographics.readonly"]


@pytest.mark.skipif(not DATA.exists(), reason="the shared data sets are not here")
@pytest.mark.parametrize("version", BASES)
@pytest.mark.parametrize("name", [pytest.param(name, marks=asked) if "medium" in name else name for name in SETS])
async def test_a_shared_set(district: District, other_district: District, name: str, version: str) -> None:
    for file in SETS[name]:
        done = await upload(district, (DATA / f"{file}.zip").read_bytes())
        assert sum(file["rejected"] for file in done["files"].values()) == 0
    await goes_round(district, other_district, version)

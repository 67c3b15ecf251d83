"""One district pulls from another one's provider, as any consumer does; then both export the same roster."""

from typing import Any

import pytest

from shared.testing.stack import District
from tests.districts.fake_sis import listening
from tests.districts.oneroster.samples import ODD, sample, without
from tests.districts.roster_sources.asking import add, counted, pull
from tests.districts.rosters import download, tables, upload, zipped

SCOPE = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly"
BASES = {"1.2": "/ims/oneroster/rostering/v1p2", "1.1": "/ims/oneroster/v1p1"}


def comparable(content: bytes) -> dict[str, list[dict[str, str]]]:
    """Give the rows, without ids and metadata of roles: in REST a role has none."""
    rows = tables(content)
    rows["roles"] = [
        {name: value for name, value in role.items() if name != "sourcedId" and not name.startswith("metadata.")}
        for role in rows.get("roles", [])
    ]
    rows["roles"] = sorted(rows["roles"], key=lambda role: (role["userSourcedId"], role["orgSourcedId"]))
    return rows


def profile(url: str, provider: District, version: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "Ourselves", "base_url": url + BASES[version], "oneroster_version": version,
        "token_url": f"{url}/oauth2/token", "client_id": provider.client_id, "secret": provider.client_secret,
        "scopes": [SCOPE], "page_size": 50, **more,
    }  # fmt: skip


@pytest.mark.parametrize("version", BASES)
async def test_what_we_provide_is_what_we_take_in(district: District, other_district: District, version: str) -> None:
    await upload(district, zipped(dirt=frozenset({"extra_columns"})))
    async with listening(district.stack.app) as url:
        source = await add(other_district, profile(url, district, version))
        done, imported = await pull(other_district, source)
        assert (imported["state"], done["warnings"]) == ("applied", [])
        assert sum(file["rejected"] for file in imported["files"].values()) == 0
        as_csv = {"oneroster_version": version}
        first, second = [await download(it, **as_csv) for it in (district, other_district)]
        assert comparable(second[1]) == comparable(first[1])

        await upload(district, zipped(dropped=0.08, changed=0.2, dirt=frozenset({"extra_columns"})))
        done, _ = await pull(other_district, source, "incremental")
        assert done["files"]["users"]["mode"] == "delta"
        first, second = [await download(it, **as_csv) for it in (district, other_district)]
        assert comparable(second[1]) == comparable(first[1])
        await pull(other_district, source, "full")
        assert comparable((await download(other_district, **as_csv))[1]) == comparable(first[1])


async def test_profiles_come_with_their_users(district: District, other_district: District) -> None:
    await upload(district, sample())
    async with listening(district.stack.app) as url:
        source = await add(other_district, profile(url, district, "1.2"))
        _, imported = await pull(other_district, source)
        assert sum(file["rejected"] for file in imported["files"].values()) == 0
        assert imported["files"]["userProfiles"]["new"] == 2
        first, second = [comparable((await download(it))[1]) for it in (district, other_district)]
        mine, theirs = first.pop("userProfiles"), second.pop("userProfiles")
        assert second == first
        assert [row["sourcedId"] for row in theirs] == [f"{ODD}@urn:prof:2", "prof 1"]
        assert [row | {"sourcedId": ""} for row in theirs[::-1]] == [row | {"sourcedId": ""} for row in mine]

        await upload(district, without("urn:prof:2"))
        _, imported = await pull(other_district, source, "incremental")
        assert counted(imported)["userProfiles"] == (0, 0, 1)
        await pull(other_district, source)
        assert [row["sourcedId"] for row in tables((await download(other_district))[1])["userProfiles"]] == ["prof 1"]

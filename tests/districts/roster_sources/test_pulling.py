"""A SIS is asked by OneRoster REST, with each of the traits that real ones have, and what it gives is the roster."""

from typing import Any

import pytest

from shared.testing.stack import District
from tests.districts.fake_sis import NEW, FakeSis, Traits, serving, small_district
from tests.districts.roster_sources.asking import add, counted, profile, pull
from tests.districts.rosters import download, read_all, tables

WHOLE = {"academicSessions": (2, 0, 0), "orgs": (2, 0, 0), "courses": (1, 0, 0), "classes": (2, 0, 0),
         "users": (42, 0, 0), "roles": (42, 0, 0), "enrollments": (41, 0, 0)}  # fmt: skip


async def pulled(district: District, sis: FakeSis, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Pull the whole of it into an empty district; what comes must be all of it, however it came."""
    done, imported = await pull(district, await add(district, profile(sis, **more)))
    assert imported["state"] == "applied", imported
    assert {name: file["rejected"] for name, file in imported["files"].items() if file["rejected"]} == {}
    return done, imported


TRAITS = {
    "as the standard says": (Traits(), {}),
    "1.1 with a role and organisations": (Traits(version="1.1"), {}),
    "the token request has the secret in a form": (Traits(auth="form"), {}),
    "the token request is JSON": (Traits(auth="json"), {}),
    "the token address has a query of its own": (Traits(token_query="?appName=through%2Dline%20x&b=1"), {}),
    "OAuth 1 with HMAC-SHA1": (Traits(version="1.1", auth="oauth1-HMAC-SHA1"), {}),
    "OAuth 1 with HMAC-SHA256": (Traits(auth="oauth1-HMAC-SHA256"), {}),
    "a token that never ends": (Traits(auth="bearer"), {}),
    "a further header": (Traits(header=("x-vendor", "k:s")), {"headers": {"X-Vendor": "k:s"}}),
    "pages shorter than asked for": (Traits(most_a_page=7), {}),
    "rows kept back after paging": (Traits(hides=1), {"page_size": 9}),
    "no total": (Traits(no_total=True), {"page_size": 10}),
    "a total that is too small": (Traits(total=1), {"page_size": 10}),
    "busy, with Retry-After": (Traits(busy_at=frozenset({1, 4, 5}), retry_after="0"), {"page_size": 10}),
    "busy until a date": (Traits(busy_at=frozenset({2}), retry_after="Mon, 01 Jan 2024 00:00:00 GMT"), {}),
    "an error in mid-pull": (Traits(broken_at=frozenset({3, 6, 7})), {"page_size": 10}),
    "enabledUser is a boolean": (Traits(boolean_words=False), {}),
    "stray blanks": (Traits(padded=True), {}),
    "a name cut within a character": (Traits(cut_name=True), {}),
    "no dateLastModified": (Traits(no_dates=True), {}),
    "no offset, but all at once": (Traits(no_offset=True), {}),
    "a token ends in mid-pull": (Traits(tokens_last=3), {"page_size": 10}),
}  # fmt: skip


@pytest.mark.parametrize("name", TRAITS)
async def test_all_of_it_comes_however_it_comes(name: str, district: District) -> None:
    traits, more = TRAITS[name]
    async with serving(FakeSis(small_district(traits.version), traits)) as sis:
        done, imported = await pulled(district, sis, **more)
    assert counted(imported) == WHOLE
    if name != "rows kept back after paging":
        assert done["warnings"] == []
    people = await read_all(district, "/v1/people")
    assert sorted(p["username"] for p in people) == ["tch_994_1", "tch_994_2"]
    assert {p["given_name"] for p in people} == {"Ada?" if traits.cut_name else "Ada"}
    roles = sorted(role["role"] for p in people for role in p["roles"])
    assert roles == ["principal" if traits.version == "1.2" else "siteAdministrator", "teacher"]


async def test_what_is_in_the_members_comes_too(district: District) -> None:
    async with serving(FakeSis(small_district())) as sis:
        await pulled(district, sis)
        again, imported = await pull(district, await add(district, profile(sis)))
    assert (again["files"]["users"]["rows"], counted(imported)) == (42, {})
    rows = tables((await download(district))[1])
    users = {row["sourcedId"]: row for row in rows["users"]}
    assert "994_gone" not in users
    assert users["TCH_994_1"]["userIds"] == "{LDAP:a1}"
    assert users["TCH_994_2"]["metadata.bus"] == "Bus 7"
    assert {row["password"] for row in users.values()} == {""}
    assert {(row["title"], row["termSourcedIds"]) for row in rows["classes"]} == {
        ("Algebra 1", "994_F"),
        ("A1", "994_F"),
    }
    assert rows["courses"][0]["grades"] == "09,10"
    assert next(row for row in rows["orgs"] if row["sourcedId"] == "994")["parentSourcedId"] == "9"


@pytest.mark.parametrize("status", [403, 404, 501])
@pytest.mark.parametrize("wrapped", [False, True])
async def test_what_is_not_offered_is_left_alone(district: District, status: int, wrapped: bool) -> None:
    rows = small_district()
    async with serving(FakeSis(rows)) as sis:
        source = await add(district, profile(sis))
        await pull(district, source)
        sis.traits = Traits(missing={"courses": status, "academicSessions": status}, wrapped=wrapped)
        done, imported = await pull(district, source)
        assert done["warnings"] == [
            f"/{name} answered {status}: it says unknownobject: what is known of it was left alone"
            for name in ("academicSessions", "courses")
        ]
        assert not {"courses", "academicSessions"} & set(done["files"])
        assert counted(imported) == {}
        told = await add(district, profile(sis, missing=["courses", "academicSessions"]))
        sis.asked.clear()
        assert (await pull(district, told))[0]["warnings"] == []
        assert {asked.split("?")[0] for asked in sis.asked} == {"orgs", "classes", "users", "enrollments"}


async def test_nothing_is_imported_of_a_pull_that_fails(district: District) -> None:
    async with serving(FakeSis(small_district())) as sis:
        source = await add(district, profile(sis, page_size=10))
        await pull(district, source)
        sis.asked.clear()
        sis.traits = Traits(broken_from=12)
        done, _ = await pull(district, source, expected="failed")
        assert done["problem"]["type"] == "urn:throughline:problem:roster-source-failed"
        assert "was asked 6 times; the last time: 500" in done["problem"]["detail"]
        assert len(sis.asked) == 12 + 5
        sis.traits = Traits(missing={"users": 404}, broken_at=frozenset())
    imports = await read_all(district, "/v1/roster-imports")
    assert len(imports) == 1
    assert len(tables((await download(district))[1])["users"]) == 42


@pytest.mark.parametrize("fault", ["secret", "address", "wait", "repeats", "plain"])
async def test_what_cannot_work_says_why(district: District, fault: str) -> None:
    traits = Traits(
        busy_at=frozenset({1}) if fault == "wait" else frozenset(), retry_after="86400", no_offset=fault == "repeats"
    )
    async with serving(FakeSis(small_district(), traits)) as sis:
        more: dict[str, Any] = {
            "secret": {"secret": "wrong"}, "address": {"base_url": f"{sis.url}/nowhere"}, "repeats": {"page_size": 10},
            "plain": {"base_url": "http://1.1.1.1/ims", "token_url": "http://1.1.1.1/token"},
        }.get(fault, {})  # fmt: skip
        done, _ = await pull(district, await add(district, profile(sis, **more)), expected="failed")
    said = {
        "secret": "the token request was answered with 401 and no token",
        "address": "is the base URL right, and may we read them? (/academicSessions answered 404",
        "wait": "asks to wait for 86400 seconds (429: it says server_busy)",
        "repeats": "/users gives the same page again whatever the offset",
        "plain": "1.1.1.1 may not be asked over plain http",
    }
    assert said[fault] in done["problem"]["detail"]
    assert "wrong" not in str(done)


async def test_a_pull_that_is_incomplete_ends_nobody(district: District) -> None:
    async with serving(FakeSis(small_district())) as sis:
        source = await add(district, profile(sis))
        await pull(district, source)
        left = sis.rows["users"].pop(5)["sourcedId"]
        sis.rows["users"][6]["familyName"] = "Renamed"
        sis.traits = Traits(total=43)
        done, imported = await pull(district, source)
        assert done["files"]["users"]["mode"] == done["files"]["roles"]["mode"] == "delta"
        assert "/users gave 42 of 43 rows: nothing that it left out was ended" in done["warnings"][4]
        assert counted(imported) == {"users": (0, 1, 0)}
        sis.traits = Traits()
        _, imported = await pull(district, source)
    assert counted(imported) == {"users": (0, 0, 1), "roles": (0, 0, 1)}
    assert left not in {row["sourcedId"] for row in tables((await download(district))[1])["users"]}


FILTERS = {
    "understood": (Traits(), {}),
    "refused": (Traits(no_filter=True), {}),
    "not heard": (Traits(deaf_filter=True), {}),
    "known to be missing": (Traits(no_filter=True), {"supports_filter": False}),
}


@pytest.mark.parametrize("name", FILTERS)
async def test_an_incremental_pull_brings_what_changed(name: str, district: District) -> None:
    traits, more = FILTERS[name]
    async with serving(FakeSis(small_district(), traits)) as sis:
        source = await add(district, profile(sis, **more))
        first, _ = await pull(district, source, "incremental")
        assert (first["mode"], first["since"]) == ("full", None), "there was nothing to go on from"
        nothing, _ = await pull(district, source, "incremental", "unchanged")
        assert (nothing["mode"], nothing["files"], nothing["since"]) == ("incremental", {}, first["began_at"])
        later = "2999-01-01T00:00:00.000Z"
        teacher, principal, student = sis.rows["users"][:3]
        teacher |= {"familyName": "Renamed", "dateLastModified": later}
        principal |= {"roles": [{**principal["roles"][0], "role": "counselor"}], "dateLastModified": later}
        student |= {"status": "tobedeleted", "dateLastModified": later}
        sis.rows["orgs"][1] |= {"name": "Ignored", "dateLastModified": NEW}
        sis.asked.clear()
        done, imported = await pull(district, source, "incremental")
    assert done["files"] == {"users": {"mode": "delta", "rows": 3}, "roles": {"mode": "delta", "rows": 4}}
    assert counted(imported) == {"users": (0, 1, 1), "roles": (1, 0, 2)}
    assert bool(done["warnings"]) == (name == "refused")
    filtered = [asked for asked in sis.asked if "filter=dateLastModified%3E%27" in asked]
    assert bool(filtered) == (name != "known to be missing")
    people = {p["username"]: p for p in await read_all(district, "/v1/people")}
    assert people["tch_994_1"]["family_name"] == "Renamed"
    assert [role["role"] for role in people["tch_994_2"]["roles"]] == ["counselor"]


async def test_an_import_that_is_held_is_asked_for_again(district: District) -> None:
    """What a held import would have changed is not in the roster, so the next pull must bring it anew."""
    async with serving(FakeSis(small_district())) as sis:
        source = await add(district, profile(sis))
        first, _ = await pull(district, source)
        kept = sis.rows["users"]
        sis.rows["users"] = kept[:5]
        _, held = await pull(district, source)
        assert held["state"] != "applied"
        sis.rows["users"] = kept
        again, _ = await pull(district, source, "incremental", "unchanged")
    assert again["since"] == first["began_at"]


async def test_a_source_without_dates_worth_anything_is_pulled_whole(district: District) -> None:
    async with serving(FakeSis(small_district())) as sis:
        source = await add(district, profile(sis, supports_delta=False))
        await pull(district, source)
        done, _ = await pull(district, source, "incremental")
    assert done["mode"] == "full"

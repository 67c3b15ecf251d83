"""Whatever goes wrong under /ims is told in the standard's own tongue; and who is gone is told, not forgotten."""

from urllib.parse import quote

import pytest

from shared.local.servers import Urls
from shared.testing.servers import run_sql
from shared.testing.stack import District, token_of
from tests.districts.oneroster.samples import ODD, sample, without
from tests.districts.oneroster.standard import ROSTERING, faults
from tests.districts.oneroster.test_contract import read, refusal
from tests.districts.rosters import accept, upload

USERS = f"{ROSTERING.prefix}/users"


async def test_an_unknown_address_and_a_wrong_method(district: District) -> None:
    async with district.client() as http:
        assert refusal(await http.get(f"{ROSTERING.prefix}/nothing")) == (404, "unknownobject")
        assert refusal(await http.delete(USERS))[0] == 405
    async with district.stack.client(Authorization="Bearer nonsense") as http:
        answer = await http.get(USERS)
        assert refusal(answer) == (401, "unauthorisedrequest")


async def test_too_many_requests(district: District) -> None:
    async with district.client() as http:
        made = await http.post("/v1/clients", json={"name": "Slow", "scopes": ["all"], "requests_per_minute": 1})
        assert made.status_code == 201, made.text
    token = await token_of(district.stack, made.json()["client_id"], made.json()["client_secret"])
    async with district.client(token=token) as http:
        answers = [await http.get(USERS) for _ in range(3)]
    assert refusal(answers[-1]) == (429, "server_busy")
    assert int(answers[-1].headers["Retry-After"]) >= 1


async def test_a_mistake_of_ours(district: District, urls: Urls) -> None:
    table = "districts.roster_versions"
    await run_sql(urls.migration_database_url, f"alter table {table} rename to mislaid")
    try:
        async with district.client() as http:
            answer = await http.get(USERS)
    finally:
        await run_sql(urls.migration_database_url, "alter table districts.mislaid rename to roster_versions")
    assert refusal(answer) == (500, "internal_server_error")
    assert "roster_versions" not in answer.text


async def test_what_takes_too_long_is_refused_as_too_broad(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = district.stack.runtimes["districts"]
    monkeypatch.setattr(runtime, "settings", runtime.settings.model_copy(update={"oneroster_query_seconds": 0.2}))
    async with district.client() as http, runtime.database.transaction(district.id) as other:
        await other.execute("lock table districts.people in access exclusive mode")
        answer = await http.get(USERS, params={"filter": "givenName~'a'"})
    assert refusal(answer) == (400, "invalid_filter_field")


async def test_who_is_gone_is_served_as_tobedeleted(district: District) -> None:
    await upload(district, sample())
    await accept(district, await upload(district, without(ODD, "r1", "e/1", "urn:prof:2", "k2"), "held"))
    async with district.client() as http:
        for path, one in {
            f"users/{quote(ODD, safe='')}": "user", f"demographics/{quote(ODD, safe='')}": "demographics",
            "enrollments/e%2F1": "enrollment", "classes/k2": "class",
        }.items():  # fmt: skip
            row = (await read(http, f"{ROSTERING.prefix}/{path}")).json()[one]
            assert row["status"] == "tobedeleted", path
            assert faults(ROSTERING, one, row) == []
        user = (await read(http, f"{USERS}/{quote(ODD, safe='')}")).json()["user"]
        assert user["roles"][0]["role"] == "student"
        assert [profile["profileId"] for profile in user["userProfiles"]] == ["urn:oneroster:userProfile:prof%201"]
        # A seat that was given up leads nowhere any more; a class that ended is still shown where it was.
        assert (await read(http, f"{ROSTERING.prefix}/classes/k%2F1/students")).json() == {"users": []}
        shown = (await read(http, f"{ROSTERING.prefix}/schools/s2/classes")).json()["classes"]
        assert [row["status"] for row in shown] == ["tobedeleted"]
        gone = await read(http, USERS, filter="status='tobedeleted'")
        assert [row["sourcedId"] for row in gone.json()["users"]] == [ODD]

"""Signing keys: made when needed, published before they sign and until the last token that they signed has ended."""

import asyncio
from datetime import timedelta

import jwt
import pytest

from services.districts.tokens import keys
from shared.access import tokens
from shared.clock import new_id, now
from shared.database import Database
from shared.settings import SERVICE_NAMES
from shared.testing.servers import TEMPLATE, in_database, run_sql, with_database
from shared.testing.stack import District, Stack, token_of

AHEAD, MINUTE = keys.PUBLISHED_AHEAD, timedelta(minutes=1)


@pytest.fixture
async def database(urls):
    """A database of its own: keys are nobody's district's."""
    name, owner = f"keys_{new_id().hex}", with_database(urls.migration_database_url, "postgres")
    await run_sql(owner, f"create database {name} template {TEMPLATE}")
    own = in_database(urls, name)
    database = await Database("districts", own.database_url, own.relay_database_url).open()
    yield database
    await database.close()
    await run_sql(owner, f"drop database {name} with (force)")


async def published(database: Database) -> list[str]:
    return [key["kid"] for key in (await keys.published(database))["keys"]]


async def signing(database: Database, moment) -> str:
    return (await keys.signing_key(database, moment))[0]


async def test_many_who_need_the_first_key_at_once_make_one(database) -> None:
    found = await asyncio.gather(*(signing(database, now()) for _ in range(5)))
    assert await published(database) == list(set(found))


async def test_a_new_key_is_published_before_it_signs(database) -> None:
    start = now()
    first = await signing(database, start)
    due = start + keys.SIGNS_FOR + MINUTE
    assert not await keys.rotate(database, due - 2 * MINUTE)
    assert await keys.rotate(database, due)
    second, kept = await published(database)
    assert kept == first
    assert await signing(database, due + AHEAD - MINUTE) == first
    assert await signing(database, due + AHEAD + MINUTE) == second


async def test_an_old_key_is_published_until_its_last_token_has_ended(database) -> None:
    start = now()
    first = await signing(database, start)
    due = start + keys.SIGNS_FOR + MINUTE
    await keys.rotate(database, due)
    last_token_ends = due + AHEAD + timedelta(minutes=15)
    await keys.rotate(database, last_token_ends + MINUTE)
    assert first in await published(database)
    await keys.rotate(database, due + timedelta(days=1))
    assert first not in await published(database)
    assert len(await published(database)) == 1


async def test_after_a_rotation_old_and_new_tokens_are_taken_everywhere(district: District, monkeypatch) -> None:
    monkeypatch.setattr("shared.access.tokens._REFETCH_SECONDS", 0.0)
    monkeypatch.setattr(keys, "PUBLISHED_AHEAD", timedelta(0))
    monkeypatch.setattr(keys, "SIGNS_FOR", timedelta(0))
    credentials = (district.stack, district.client_id, district.client_secret)
    old = await token_of(*credentials)
    await keys.rotate(district.stack.runtimes["districts"].database, now())
    new = await token_of(*credentials)
    assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(new)["kid"]
    for token in (old, new):
        async with district.client(token=token) as http:
            for service in SERVICE_NAMES:
                assert (await http.get(f"/v1/audit-events/{service}")).status_code == 200


async def test_the_private_part_is_never_published(stack: Stack) -> None:
    async with stack.client() as http:
        answer = await http.get("/.well-known/jwks.json")
    assert answer.status_code == 200
    for key in answer.json()["keys"]:
        assert set(key) == {"kty", "kid", "use", "alg", "n", "e"}


async def test_no_request_fails_while_keys_are_rotated(district: District, monkeypatch) -> None:
    """Requests go on in every service: with the new key published, signing, and the old one's tokens still about."""
    database = district.stack.runtimes["districts"].database
    credentials = (district.stack, district.client_id, district.client_secret)
    tokens_seen, over = [await token_of(*credentials)], asyncio.Event()
    statuses: dict[str, list[int]] = {service: [] for service in SERVICE_NAMES}

    async def knock(service: str) -> None:
        while not over.is_set():
            for token in tokens_seen:
                async with district.client(token=token) as http:
                    statuses[service].append((await http.get(f"/v1/audit-events/{service}")).status_code)

    knocking = [asyncio.create_task(knock(service)) for service in SERVICE_NAMES]
    assert await keys.rotate(database, now(), early=True)
    before = jwt.get_unverified_header(tokens_seen[0])["kid"]
    tokens_seen.append(await token_of(*credentials))
    assert jwt.get_unverified_header(tokens_seen[1])["kid"] == before, "published, and not signing yet"
    with monkeypatch.context() as while_published:  # every service reads the JWKS once in that quarter of an hour
        while_published.setattr(tokens, "_KEYS_SECONDS", 0.0)
        while_published.setattr(tokens, "_REFETCH_SECONDS", 0.0)
        await _more(statuses, 3)
    monkeypatch.setattr(keys, "PUBLISHED_AHEAD", timedelta(0))
    tokens_seen.append(await token_of(*credentials))
    assert jwt.get_unverified_header(tokens_seen[2])["kid"] != before
    await _more(statuses, 4)
    over.set()
    await asyncio.gather(*knocking)
    assert {status for each in statuses.values() for status in each} == {200}
    assert timedelta(seconds=tokens._KEYS_SECONDS) < AHEAD, "a service knows a key before it signs"


async def _more(statuses: dict[str, list[int]], count: int) -> None:
    """Wait until every service has answered so often, the slowest too."""
    start = {service: len(each) for service, each in statuses.items()}
    while any(len(each) < start[service] + count for service, each in statuses.items()):  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def test_a_withdrawn_key_is_gone_and_another_one_signs(database) -> None:
    first = await signing(database, now())
    assert await keys.known(database, now()) == {first: "signs"}
    assert await keys.rotate(database, now(), early=True)
    assert sorted((await keys.known(database, now())).values()) == ["signs", "will sign"]
    assert await keys.withdraw(database, first)
    assert not await keys.withdraw(database, first)
    assert first not in await published(database)
    assert await signing(database, now()) in await published(database)

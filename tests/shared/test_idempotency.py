"""Idempotency-Key: a POST that is sent again is done once, whatever happened to the first answer."""

import asyncio
from datetime import timedelta

import pytest

from services.districts.clients.service import create_client
from shared import idempotency
from shared.testing.stack import token_of
from tests.shared.probe import House, waiting

KEY = {"Idempotency-Key": "a-key"}


async def test_the_stored_answer_comes_again(house: House) -> None:
    async with house.client(**KEY) as http:
        first = await http.post("/v1/probes", json={})
        for _ in range(3):
            again = await http.post("/v1/probes", json={})
            assert (again.status_code, again.content) == (201, first.content)
            assert again.headers["ETag"] == first.headers["ETag"]
            assert again.headers["Content-Type"] == first.headers["Content-Type"]
            assert again.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.headers
    assert (await house.books())["events"] == 1


async def test_of_many_at_once_one_is_done(house: House) -> None:
    async with house.client(**KEY) as http:
        answers = await asyncio.gather(*(http.post("/v1/hot-probes", json={}) for _ in range(5)))
        statuses = {answer.status_code for answer in answers}
        assert statuses <= {201, 409}
        assert 201 in statuses
        for answer in answers:
            if answer.status_code == 409:
                assert answer.json()["type"] == "urn:throughline:problem:idempotency-key-in-use"
                assert answer.headers["Retry-After"]
        assert (await http.post("/v1/hot-probes", json={})).status_code == 201
    assert (await house.books())["events"] == 1


async def test_one_that_runs_is_said_to_run(house: House) -> None:
    async with house.client(**KEY) as http:
        waiting.clear()
        first = asyncio.create_task(http.post("/v1/probes", json={"then": "wait"}))
        await waiting.wait()
        assert (await http.post("/v1/probes", json={"then": "wait"})).status_code == 409
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert (await http.post("/v1/probes", json={})).status_code == 201, "who was cut off left no key behind"


async def test_another_request_under_the_key_is_refused(house: House) -> None:
    async with house.client(**KEY) as http:
        await http.post("/v1/probes", json={})
        for path, body in (("/v1/probes", {"name": "y"}), ("/v1/hot-probes", {}), ("/v1/probes?a=1", {})):
            answer = await http.post(path, json=body)
            assert answer.status_code == 422, answer.text
            assert answer.json()["type"] == "urn:throughline:problem:idempotency-key-reused"


async def test_a_refusal_is_not_kept(house: House) -> None:
    async with house.client(**KEY) as http:
        assert (await http.post("/v1/probes", json={"then": "refuse"})).status_code == 409
        assert (await http.post("/v1/probes", json={"nonsense": 1})).status_code == 422
        assert (await http.post("/v1/probes", json={})).status_code == 201


async def test_another_client_and_another_district_have_keys_of_their_own(house: House, other_district) -> None:
    database = house.stack.runtimes["districts"].database
    sibling = await create_client(database, house.district.id, "sibling", ("all",))
    tokens = [
        house.district.token,
        await token_of(house.stack, sibling.client_id, sibling.client_secret),
        other_district.token,
    ]
    for number, token in enumerate(tokens):
        async with house.client(**KEY, Authorization=f"Bearer {token}") as http:
            answer = await http.post("/v1/probes", json={"name": f"n{number}"})
            assert answer.status_code == 201
            assert "Idempotent-Replayed" not in answer.headers


async def test_a_key_is_free_again_after_a_day(house: House, monkeypatch) -> None:
    async with house.client(**KEY) as http:
        await http.post("/v1/probes", json={})
        monkeypatch.setattr(idempotency, "KEPT", timedelta(0))
        answer = await http.post("/v1/probes", json={"name": "y"})
        assert answer.status_code == 201
    assert await house.books() == {"events": 2, "writes": 2, "reads": 0, "answers": 1}


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "\x7f"])
async def test_a_malformed_key_is_refused(house: House, key) -> None:
    async with house.client() as http:
        answer = await http.post("/v1/probes", json={}, headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/header/Idempotency-Key"


async def test_quotes_as_in_the_draft_are_the_same_key(house: House) -> None:
    async with house.client() as http:
        await http.post("/v1/probes", json={}, headers={"Idempotency-Key": '"a-key"'})
        assert "Idempotent-Replayed" in (await http.post("/v1/probes", json={}, headers=KEY)).headers

"""The merged log over HTTP: one order for all services, thin, a place to go on from, nothing told twice."""

import asyncio
import base64
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from services.districts.event_log.service import append
from shared.clock import new_id, now
from shared.feed.events import Event, FeedEvent
from shared.feed.subscriber import Subscriber
from shared.settings import SERVICE_NAMES
from shared.testing.stack import District, Stack, token_of
from shared.units import emit


async def tell(stack: Stack, service: str, district_id: UUID, *events: Event) -> None:
    async with stack.runtimes[service].database.unit(district_id) as unit:
        for event in events:
            emit(unit, event)


async def read(http: httpx.AsyncClient, **parameters: Any) -> dict[str, Any]:
    answer = await http.get("/v1/events", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def read_all(http: httpx.AsyncClient, limit: int = 3, **parameters: Any) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    after, more = None, True
    while more:
        page = await read(http, limit=limit, **parameters, **({"after": after} if after else {}))
        assert len(page["data"]) <= limit
        events += page["data"]
        after, more = page["next"], page["more"]
    return events


def shared_event(state: str = "a secret sentence") -> Event:
    return Event("thing.shared", "things", new_id(), {"summary": state}, ("shared_at",))


async def test_all_services_tell_one_thin_log(district: District) -> None:
    told = {service: shared_event() for service in SERVICE_NAMES}
    for service, event in told.items():
        await tell(district.stack, service, district.id, event)
    await district.stack.settle()
    async with district.client() as http:
        events = await read_all(http, types=["thing.shared"])
        whole = await http.get("/v1/events")
    assert {event["entity_id"] for event in events} == {str(event.id) for event in told.values()}
    assert "secret sentence" not in whole.text
    for event in events:
        assert set(event) == {"id", "type", "time", "entity", "entity_id", "ids", "changed", "purpose", "link"}
        assert event["changed"] == ["shared_at"]
        assert event["link"] == f"http://127.0.0.1:8000/v1/things/{event['entity_id']}"


async def test_the_log_starts_with_the_district_itself(district: District) -> None:
    await district.stack.settle()
    async with district.client() as http:
        events = await read_all(http)
    assert [event["type"] for event in events] == ["district.created", "client.created"]
    assert events[0]["link"] is None
    async with district.client() as http:
        assert (await http.get(events[1]["link"])).json()["name"] == "tests"


async def test_next_is_where_to_go_on_from_even_at_the_end(district: District) -> None:
    async with district.client() as http:
        empty = await read(http)
        assert empty["data"] == []
        assert empty["more"] is False
        await district.stack.settle()
        seen = await read(http, after=empty["next"])
        assert len(seen["data"]) == 2
        again = await read(http, after=seen["next"])
        assert again["data"] == []
        assert again["next"] == seen["next"]
        await tell(district.stack, "coaching", district.id, event := shared_event())
        await district.stack.settle()
        answer = await http.get("/v1/events", params={"after": again["next"]})
        assert [e["entity_id"] for e in answer.json()["data"]] == [str(event.id)]
        assert answer.links["next"]["url"].endswith(f"/v1/events?after={answer.json()['next']}")


async def test_next_passes_what_the_types_leave_out(district: District) -> None:
    await tell(district.stack, "coaching", district.id, *(shared_event() for _ in range(5)))
    await district.stack.settle()
    async with district.client() as http:
        page = await read(http, types=["client.created"], limit=1)
        assert [e["type"] for e in page["data"]] == ["client.created"]
        assert not page["more"]
        assert (await read(http, after=page["next"]))["data"] == []
        assert (await read(http, count=True, limit=1))["total"] == 7
        assert (await read(http, count=True, types=["thing.shared"], limit=1))["total"] == 5


async def test_a_batch_is_one_event_with_its_ids(district: District) -> None:
    ids = [new_id() for _ in range(3)]
    await tell(district.stack, "coaching", district.id, Event.batch("things", ids))
    await district.stack.settle()
    async with district.client() as http:
        (event,) = await read_all(http, types=["things.batch_changed"])
    assert event["ids"] == [str(i) for i in ids]
    assert (event["entity"], event["entity_id"], event["link"], event["changed"]) == ("things", None, None, [])


async def test_replaying_a_feed_tells_nothing_twice(district: District) -> None:
    await tell(district.stack, "coaching", district.id, shared_event(), shared_event())
    await district.stack.settle()
    async with district.client() as http:
        before = await read_all(http)
        runtime, work = district.stack.runtimes["districts"], district.stack.work["districts"]
        subscriber = Subscriber(runtime, work.subscriptions)
        await subscriber.rewind("coaching")
        assert await subscriber.pull("coaching") > 0
        assert await read_all(http) == before


async def test_no_reader_misses_what_is_written_at_the_same_time(district: District) -> None:
    """Four writers with transactions of different lengths append to one district while a reader follows."""
    database = district.stack.runtimes["districts"].database
    written: list[str] = []

    async def write(pause: float) -> None:
        for _ in range(15):
            event = FeedEvent(1, str(new_id()), "thing.changed", district.id, "things", new_id(), now())
            async with database.transaction(district.id) as connection:
                await append(connection, district.id, [event])
                await asyncio.sleep(pause)
            written.append(event.id)

    async with district.client() as http:
        seen, after = [], (await read(http))["next"]
        writers = asyncio.gather(*(write(pause) for pause in (0, 0.001, 0.01, 0.02)))
        is_over = False
        while not is_over:
            is_over = writers.done()
            page = await read(http, after=after, limit=7)
            seen += [event["id"] for event in page["data"]]
            after = page["next"]
            is_over = is_over and not page["more"]
        await writers
    assert sorted(seen) == sorted(written)


async def test_another_district_hears_nothing(district: District, other_district: District) -> None:
    await tell(district.stack, "observations", district.id, shared_event())
    await district.stack.settle()
    async with other_district.client() as http:
        assert {e["type"] for e in await read_all(http)} == {"district.created", "client.created"}


async def test_it_needs_its_scope_and_no_person(district: District) -> None:
    token = await token_of(district.stack, district.client_id, district.client_secret, "roster.read")
    async with district.client(token=token) as http:
        refused = await http.get("/v1/events")
        assert refused.status_code == 403
        assert refused.json()["scopes"] == ["events.read"]
    async with district.client(person=new_id()) as http:
        assert (await http.get("/v1/events")).status_code == 403


@pytest.mark.parametrize("after", ["x", "bm8", "WyJhIl0", "WzFlNDAwXQ", "WzEsMl0", "WzkyMjMzNzIwMzY4NTQ3NzU4MDgwXQ"])
async def test_what_is_no_cursor_is_said_so(district: District, after: str) -> None:
    async with district.client() as http:
        assert (await http.get("/v1/events", params={"after": after})).status_code == 422


async def test_a_cursor_holds_for_other_types_but_not_beyond_the_end(district: District) -> None:
    async with district.client() as http:
        written = (await http.get("/v1/events")).json()["next"]
        assert (await http.get("/v1/events", params={"after": written, "types": "org.changed"})).status_code == 200
        mark, position = orjson.loads(base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)))
        for beyond in (position + 1, -1, True, 2**63):
            made_up = base64.urlsafe_b64encode(orjson.dumps([mark, beyond])).decode()
            answer = await http.get("/v1/events", params={"after": made_up})
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/query/after"), beyond


async def test_unknown_parameters_are_refused(district: District) -> None:
    async with district.client() as http:
        refused = await http.get("/v1/events", params={"type": "thing.shared"})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "#/query/type"


async def test_a_reader_may_wait_for_what_comes_next(district: District) -> None:
    await district.stack.settle()
    async with district.client() as http:
        after = (await read(http))["next"]
        waiting = asyncio.create_task(http.get("/v1/events", params={"after": after, "wait": 20}))
        await asyncio.sleep(0.5)
        assert not waiting.done()
        await tell(district.stack, "coaching", district.id, event := shared_event())
        await district.stack.settle()
        async with asyncio.timeout(10):
            page = (await waiting).json()
        assert [it["entity_id"] for it in page["data"]] == [str(event.id)]
        nothing = await read(http, after=page["next"], wait=1)
        assert (nothing["data"], nothing["next"]) == ([], page["next"])
        one = await http.get(f"/v1/events/{page['data'][0]['id']}")
        assert one.json() == page["data"][0]
        assert (await http.get(f"/v1/events/{new_id()}")).status_code == 404


async def test_who_waits_holds_no_connection(district: District) -> None:
    """More readers wait than there are connections, and others are served meanwhile."""
    await district.stack.settle()
    async with district.client() as http:
        after = (await read(http))["next"]
        waiting = [asyncio.create_task(http.get("/v1/events", params={"after": after, "wait": 3})) for _ in range(40)]
        await asyncio.sleep(0.7)
        async with asyncio.timeout(2):
            assert (await http.get("/v1/clients")).status_code == 200
        assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}

import orjson
import pytest

from shared.clock import new_id
from shared.feed import reading
from shared.feed.events import Event
from shared.units import emit


async def read(alone, *given, **more):
    return orjson.loads(await reading.read_feed(alone.publisher.database, *given, **more))


def names(page):
    return [event["data"]["name"] for event in page["events"]]


async def test_an_empty_feed(alone):
    assert await read(alone, 0, 10) == {"events": [], "next": "0", "more": False}


async def test_pages(alone):
    await alone.publish(*"abcde")
    assert await read(alone, 0, 2) == {"events": [], "next": "0", "more": False}  # not placed yet
    await alone.sequence()
    first = await read(alone, 0, 2)
    assert (names(first), first["next"], first["more"]) == (["a", "b"], "2", True)
    last = await read(alone, 2, 3)
    assert (names(last), last["next"], last["more"]) == (["c", "d", "e"], "5", False)
    assert await read(alone, 5, 3) == {"events": [], "next": "5", "more": False}


async def test_other_types_are_passed_over_and_the_cursor_with_them(alone):
    await alone.publish("a")
    async with alone.publisher.database.unit(alone.district_id, hot=True) as unit:
        emit(unit, Event("gadget.made", "gadgets", new_id(), {"name": "g"}))
    await alone.publish("b")
    await alone.sequence()
    assert names(await read(alone, 0, 10, ["gadget.made"])) == ["g"]
    assert names(await read(alone, 0, 10, ["widget.made", "no.such"])) == ["a", "b"]
    page = await read(alone, 2, 10, ["gadget.made"])
    assert (page["events"], page["next"], page["more"]) == ([], "3", False)


async def test_a_heavy_page_is_cut(alone, monkeypatch):
    monkeypatch.setattr(reading, "PAGE_BYTES", 5000)
    for name in "abcd":
        await alone.publish(name, data={"weight": "x" * 3000})
    await alone.sequence()
    page = await read(alone, 0, 10)
    assert (names(page), page["next"], page["more"]) == (["a", "b"], "2", True)
    monkeypatch.setattr(reading, "PAGE_BYTES", 1)
    page = await read(alone, 2, 10)
    assert (names(page), page["more"]) == (["c"], True)


async def test_only_peers_read_it(alone):
    peer = alone.listener.peers["observations"]
    answer = await peer.get("/internal/observations/feed")
    assert (answer.status_code, answer.json()) == (200, {"events": [], "next": "0", "more": False})
    answer = await peer.get("/internal/observations/feed", headers={"Throughline-Service-Key": "guess"})
    assert answer.status_code == 401


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=5001", "after=9223372036854775808"])
async def test_a_cursor_out_of_range_is_refused(alone, query):
    answer = await alone.listener.peers["observations"].get(f"/internal/observations/feed?{query}")
    assert answer.status_code == 422

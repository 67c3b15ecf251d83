from datetime import timedelta

import orjson

from shared.clock import new_id, now
from shared.feed.compaction import KEPT, compact
from shared.feed.events import Event
from shared.feed.reading import read_feed
from shared.units import emit


async def test_only_old_events_that_a_later_one_replaced_go(alone):
    one, two, foreign = new_id(), new_id(), new_id()
    await tell(alone, alone.district_id, (one, "one, old"), (two, "two, only"), (one, "one, newer"))
    await tell(alone, foreign, (one, "another district's"))
    async with alone.publisher.database.unit(alone.district_id, hot=True) as unit:
        emit(unit, Event.batch("widgets", [one]))
    await alone.sequence()
    assert await compact(alone.publisher.database, now()) == 0
    later = now() + KEPT + timedelta(seconds=1)
    await tell(alone, alone.district_id, (two, "two, not placed yet"))
    assert await compact(alone.publisher.database, later) == 1
    assert await names(alone) == ["two, only", "one, newer", "another district's", None]
    await alone.sequence()
    assert await compact(alone.publisher.database, later) == 1
    assert await names(alone) == ["one, newer", "another district's", None, "two, not placed yet"]


async def tell(alone, district_id, *said):
    async with alone.publisher.database.unit(district_id, hot=True) as unit:
        for entity, name in said:
            emit(unit, Event("widget.changed", "widgets", entity, {"name": name}))


async def names(alone):
    page = orjson.loads(await read_feed(alone.publisher.database, 0, 100))
    return [event["data"].get("name") for event in page["events"]]

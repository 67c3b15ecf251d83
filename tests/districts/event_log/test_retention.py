"""What a later event has replaced is dropped when it is old; the latest of every row stays, and every batch."""

from datetime import timedelta

from services.districts.event_log.service import append, compact
from shared.clock import new_id, now
from shared.feed.events import FeedEvent
from shared.testing.stack import District


async def test_superseded_events_go_after_ninety_days_and_tombstones_stay(district: District) -> None:
    database = district.stack.runtimes["districts"].database
    first, second = new_id(), new_id()
    old, recent = now() - timedelta(days=91), now() - timedelta(days=89)

    def event(entity_id, time, kind="thing.changed") -> FeedEvent:
        return FeedEvent(1, str(new_id()), kind, district.id, "things", entity_id, time)

    batch = FeedEvent(
        1, str(new_id()), "things.batch_changed", district.id, "things", new_id(), old, {"ids": [str(first)]}
    )
    told = [
        event(first, old), event(first, old), event(first, recent), event(first, now()),
        event(second, old), event(second, old, "thing.archived"), batch,
    ]  # fmt: skip
    async with database.transaction(district.id) as connection:
        await append(connection, district.id, told)
    await compact(database, now())
    async with district.client() as http:
        left = (await http.get("/v1/events")).json()["data"]
    assert [e["id"] for e in left] == [told[n].id for n in (2, 3, 5, 6)]

"""A subscriber that stands still is told of by /readyz, with how far it is behind."""

from datetime import timedelta

from shared import clock, gauges
from shared.clock import new_id
from shared.feed.events import Event
from shared.feed.sequencer import Sequencer
from shared.testing.stack import District
from shared.units import emit


async def test_who_stands_still_is_behind_until_it_has_caught_up(district: District) -> None:
    await district.stack.settle()
    runtimes = district.stack.runtimes
    async with runtimes["coaching"].database.unit(district.id) as unit:
        emit(unit, Event("thing.changed", "things", new_id(), {"title": "a"}, ("title",)))
    while await Sequencer(runtimes["coaching"].database).run_once():
        pass
    later = clock.now() + timedelta(seconds=75)
    assert 74 < (await gauges.behind(runtimes["districts"], later))["coaching"] < 90
    assert await gauges.behind(runtimes["districts"], clock.now()) == {}, "for seconds everybody may be late"
    await district.stack.settle()
    assert await gauges.behind(runtimes["districts"], later) == {}

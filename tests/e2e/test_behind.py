"""A subscriber that stands still is told of by /readyz and /metrics, with how far it is behind."""

from datetime import timedelta

import pytest

from shared import clock, gauges
from shared.clock import new_id
from shared.feed.events import Event
from shared.jobs.starting import start_job
from shared.testing.stack import District
from shared.units import emit


async def happen(district: District, *, placed: bool) -> None:
    database = district.stack.runtimes["coaching"].database
    async with database.unit(district.id) as unit:
        emit(unit, Event("thing.changed", "things", new_id(), {"title": "a"}, ("title",)))
    if placed:
        from shared.feed.sequencer import Sequencer

        while await Sequencer(database).run_once():
            pass


async def told(district: District, path: str) -> str:
    async with district.stack.client() as http:
        return (await http.get(path)).text


def value_of(page: str, sample: str) -> float:
    (line,) = [line for line in page.splitlines() if line.startswith(f"{sample} ")]
    return float(line.rpartition(" ")[2])


LABELS = '{publisher="coaching",subscriber="districts"}'


@pytest.mark.parametrize("placed", [True, False], ids=["subscriber", "sequencer"])
async def test_who_stands_still_is_behind_until_it_has_caught_up(
    district: District, placed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await district.stack.settle()
    await happen(district, placed=placed)
    runtimes = district.stack.runtimes
    later = clock.now() + timedelta(seconds=75)
    assert 74 < (await gauges.behind(runtimes["districts"], later))["coaching"] < 90
    assert await gauges.behind(runtimes["districts"], clock.now()) == {}, "for seconds everybody may be late"
    monkeypatch.setattr(gauges, "LATE", 0.0)
    assert "districts follows coaching" in await told(district, "/readyz")
    page = await told(district, "/metrics")
    assert value_of(page, f"throughline_feed_backlog{LABELS}") == 1
    assert value_of(page, f"throughline_feed_lag_seconds{LABELS}") > 0
    await district.stack.settle()
    assert "follows" not in await told(district, "/readyz")
    page = await told(district, "/metrics")
    assert value_of(page, f"throughline_feed_backlog{LABELS}") == 0
    assert value_of(page, f"throughline_feed_lag_seconds{LABELS}") == 0


async def test_a_backlog_of_jobs_is_what_could_be_begun(district: District) -> None:
    runtime = district.stack.runtimes["coaching"]
    await district.stack.settle()
    async with runtime.database.unit(district.id, hot=True) as unit:
        await start_job(unit, runtime.queue, "audit.verify", {"expected": None})
        later = await start_job(
            unit, runtime.queue, "audit.verify", {"expected": None}, not_before=unit.now + timedelta(days=1)
        )
    page = await told(district, "/metrics")
    found = {
        state: value_of(page, f'throughline_jobs{{service="coaching",state="{state}"}}')
        for state in ("queued", "later")
    }
    assert found == {"queued": 1, "later": 1}
    assert value_of(page, 'throughline_job_waiting_seconds{service="coaching"}') > 0
    async with district.client() as http:
        cancelled = await http.post(f"/v1/jobs/coaching/{later.id}/cancel", headers={"If-Match": "*"})
        assert cancelled.status_code == 200
    await district.stack.settle()
    page = await told(district, "/metrics")
    assert value_of(page, 'throughline_job_waiting_seconds{service="coaching"}') == 0

"""Random years, told through the feed and read over HTTP, against the plain loops of the oracle: value by value."""

import random
from collections import defaultdict
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from services.analytics.app import create_app
from services.analytics.settings import AnalyticsSettings
from shared.clock import new_id
from shared.peers import open_peers
from tests.analytics import oracle
from tests.analytics.telling import observed, tie

ZONE = "America/New_York"
MONTHS = ["2025-09", "2025-10", "2025-11", "2025-12"]
BEGIN = datetime(2025, 9, 1, tzinfo=UTC)
DAYS = 122
STATES = ["shared"] * 8 + ["locked", "voided", "cancelled"]


@asynccontextmanager
async def analytics(district, **settings):
    """The app of analytics once more, with settings of its own."""
    stack = district.stack
    own = AnalyticsSettings(**stack.settings | settings)
    app = create_app(own, peers=open_peers(own, stack.transport))
    async with app.router.lifespan_context(app):
        headers = {"Authorization": f"Bearer {district.token}"}
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://analytics", headers=headers) as http:
            yield http


class Year:
    """What happened at three schools, as contract states for the feed and as rows for the oracle."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.as_of = BEGIN + timedelta(days=self.chance.uniform(20, DAYS + 20))
        self.schools = []
        self.teachers = [new_id() for _ in range(14)]
        self.spells, self.rows = [], []

    async def happen(self, told):
        self.schools = [await told.school(name) for name in ("North", "South", "West")]
        ties = [self._tie(self.chance.choice(self.teachers)) for _ in range(16)]
        await told.tell("relationships", *ties)
        for _ in range(4):
            await told.tell("observations", *(self._observation() for _ in range(50)))

    def _day(self):
        return None if self.chance.random() < 0.4 else date(2025, 8, 1) + timedelta(days=self.chance.randint(0, 170))

    def _tie(self, teacher):
        begin, end = sorted([self._day(), self._day()], key=lambda day: day or date.max)
        begin, end = self.chance.choice([(begin, end), (None, end), (begin, None)])
        withdrawn = BEGIN + timedelta(days=self.chance.uniform(0, DAYS)) if self.chance.random() < 0.2 else None
        school = self.chance.choice(self.schools)
        self.spells.append(oracle.Assignment(teacher, school, begin, end, withdrawn))
        return tie(teacher, school, begin, end, withdrawn=withdrawn)

    def _observation(self):
        teacher, school, state = (
            self.chance.choice(self.teachers), self.chance.choice(self.schools), self.chance.choice(STATES)
        )  # fmt: skip
        # Many lie close to a midnight, where the zones disagree about the month.
        days = self.chance.choice([self.chance.uniform(0, DAYS), self.chance.choice([29.9, 30.05, 30.2, 61.1, 91.15])])
        at = BEGIN + timedelta(days=days)
        hours = self.chance.choice([None, 0.0, 24.0, 48.0, self.chance.uniform(0, 200)])
        due = self.chance.choice([48, 48, 72, None])
        observer = teacher if self.chance.random() < 0.1 else new_id()
        subject = self.chance.choice(["teacher"] * 9 + ["coach"])
        kind = self.chance.choice(["live"] * 9 + ["consensus"])
        fact = observed(
            teacher, school, at, hours=hours, due_hours=due, state=state, observer_id=observer, subject=subject,
            rating_kind=kind,
        )  # fmt: skip
        self.rows.append(oracle.Observed(teacher, school, at, fact.shared_at, due, state, observer, subject, kind))
        return fact


def assert_same(value, expected):
    assert value["n"] == expected.n
    assert value["value"] == (None if expected.value is None else pytest.approx(expected.value, rel=1e-9, abs=1e-9))
    interval = value["interval"] or {"low": None, "high": None}
    assert interval["low"] == (None if expected.interval[0] is None else pytest.approx(expected.interval[0], abs=1e-9))
    assert interval["high"] == (None if expected.interval[1] is None else pytest.approx(expected.interval[1], abs=1e-9))


def assert_latency(cell, expected):
    assert_same(cell["values"]["p50_hours"], expected.p50)
    assert_same(cell["values"]["p90_hours"], expected.p90)
    assert_same(cell["values"]["on_time_rate"], expected.on_time)
    median = cell["values"]["median_with_pending"]["value"]
    assert median == (None if expected.median_with_pending is None else pytest.approx(expected.median_with_pending))
    counts = {"completed": expected.completed, "pending": expected.pending, "pending_overdue": expected.pending_overdue}
    assert cell["counts"] == counts


@pytest.mark.parametrize("seed", range(6))
async def test_every_cell_agrees_with_the_oracle(told, seed):
    year = Year(seed)
    await year.happen(told)
    months = [month for month in MONTHS if month <= oracle.month_of(year.as_of, ZONE)]
    query = {"from": MONTHS[0], "to": MONTHS[-1], "as_of": year.as_of.isoformat(), "limit": 500}
    async with analytics(told.district, n_min=1, time_zone=ZONE) as http:
        for by in ("school,month", "school", "month"):
            latency = (await http.get("/v1/measures/feedback_latency", params=query | {"by": by})).json()["data"]
            coverage = (await http.get("/v1/measures/observation_coverage", params=query | {"by": by})).json()["data"]
            assert len(latency) == len(coverage) == (3 if "school" in by else 1) * (len(months) if "month" in by else 1)
            for cell in latency:
                assert_latency(cell, oracle.latency_of(owed(year, cell, months), as_of=year.as_of))
            for cell in coverage:
                expected = oracle.coverage_of(
                    [row for row in year.rows if within(row, cell)],
                    [spell for spell in year.spells if within(spell, cell)],
                    months=[cell["month"]] if cell["month"] else months,
                    as_of=year.as_of,
                    zone=ZONE,
                )
                assert_same(cell["values"]["coverage"], expected)


def within(row, cell):
    return cell["school_id"] is None or str(row.school) == cell["school_id"]


def owed(year, cell, months):
    """The rows of the cell that the oracle's own cells would hold."""
    cells = oracle.latency_cells(year.rows, as_of=year.as_of, zone=ZONE)
    wanted = [cell["month"]] if cell["month"] else months
    return [row for (_, month), rows in cells.items() for row in rows if month in wanted and within(row, cell)]


@pytest.mark.parametrize("seed", range(6, 9))
async def test_the_values_of_too_few_teachers_are_hidden_and_not_left_of_a_total(told, seed):
    year = Year(seed)
    await year.happen(told)
    months = [month for month in MONTHS if month <= oracle.month_of(year.as_of, ZONE)]
    query = {"from": MONTHS[0], "to": MONTHS[-1], "as_of": year.as_of.isoformat(), "limit": 500}
    shown, hidden = 0, defaultdict(set)
    async with analytics(told.district, n_min=7, time_zone=ZONE) as http:
        answer = (await http.get("/v1/measures/feedback_latency", params=query)).json()
    for cell in answer["data"]:
        rows = owed(year, cell, months)
        completed = {row.teacher for row in rows if row.shared_at is not None and row.shared_at <= year.as_of}
        value = cell["values"]["p50_hours"]
        everybody = {row.teacher for row in rows}
        is_hidden = cell["counts"]["completed"] is None
        assert value["suppressed"] == (len(completed) > 0 and (is_hidden or len(completed) < 7))
        assert is_hidden or not 0 < len(everybody) < 7
        hidden[cell["month"]] |= everybody if is_hidden else set()
        shown += value["value"] is not None
    for cell in answer["data"]:
        others_are_told = cell["counts"]["completed"]
        assert not others_are_told or not 0 < len(hidden[cell["month"]]) < 7
    assert 0 < shown < len(answer["data"])

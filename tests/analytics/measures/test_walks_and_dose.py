"""Walk prevalence and coaching dose over HTTP, against the rows by hand."""

import math
import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.measures.dose.rules import Cycle, dose_summary
from services.analytics.measures.statistics import Count, wilson
from tests.analytics.line import STARTS, Line

DAY = timedelta(days=1)
PREVALENCE = "/v1/measures/walk_prevalence"
DOSE = "/v1/measures/coaching_dose"


async def test_prevalence_is_stops_that_saw_it_of_those_that_looked(line: Line) -> None:
    chance = random.Random(3)
    sent = {}
    for index in (0, 0, 1):
        stops = [[chance.choice(["seen", "not_seen", None]) for _ in range(3)] for _ in range(9)]
        sent[str(await line.walk(STARTS, stops, index))] = stops
    hidden = await line.walk(STARTS, [["seen"]] * 9, share=False)
    await line.settle()
    answer = await line.ask(PREVALENCE, count="true")
    assert answer["total"] == len(answer["data"]) == 9
    for row in answer["data"]:
        n = [str(one) for one in line.look_fors].index(row["look_for_id"])
        marks = [stop[n] for stop in sent[row["walk_id"]] if stop[n] is not None]
        assert row["look_for_title"] == f"Practice {n}"
        value = row["values"]["prevalence"]
        if len(marks) < 5:
            assert (value["suppressed"], set(row["counts"].values())) == (True, {None})
            continue
        assert row["counts"].items() >= {"seen": marks.count("seen"), "stops": len(marks)}.items()
        assert value["value"] == marks.count("seen") / len(marks)
        plain = wilson(Count(marks.count("seen"), len(marks)))
        assert value["interval"] == pytest.approx({"low": plain.low, "high": plain.high})
    assert str(hidden) not in {row["walk_id"] for row in answer["data"]}
    pages, after = [], None
    while after is not None or not pages:
        page = await line.ask(PREVALENCE, limit=2, **({"after": after} if after else {}))
        pages += page["data"]
        after = page["next"]
    assert [{k: v for k, v in row.items() if k != "values"} for row in pages] == [
        {k: v for k, v in row.items() if k != "values"} for row in answer["data"]
    ]


async def test_prevalence_is_for_leaders_and_machines_and_can_be_narrowed(line: Line) -> None:
    north = await line.walk(STARTS, [["seen", "seen", "seen"]] * 5)
    await line.walk(STARTS, [["seen", "seen", "seen"]] * 5, 1)
    await line.settle()
    rows = {
        who: len((await line.ask(PREVALENCE, who))["data"])
        for who in (None, "superintendent", "principal 0", "teacher 00", "visitor")
    }
    assert rows == {None: 6, "superintendent": 6, "principal 0": 3, "teacher 00": 0, "visitor": 0}
    for query, count in (
        ({"walk_id": north}, 3), ({"school_id": line.school(1)}, 3), ({"look_for_id": line.look_fors[0]}, 2),
        ({"as_of": STARTS + timedelta(hours=1)}, 0),
    ):  # fmt: skip
        assert len((await line.ask(PREVALENCE, **query))["data"]) == count, query


async def test_a_cycles_dose_by_school(line: Line) -> None:
    doses = [[(0, 30), (14, 45)], [(0, 30)], [(0, 20), (7, 20), (28, 20)], [(0, 60)], []]
    for n, dose in enumerate(doses):
        held = [(STARTS + days * DAY, minutes) for days, minutes in dose]
        await line.cycle(f"teacher 0{n}", held, complete=n < 2, known_model=n > 0)
    await line.settle()
    answer = await line.ask(DOSE, "principal 0", by="school", **{"from": "2024-01", "to": "2024-03"})
    (cell,) = answer["data"]
    assert cell["counts"] == {"cycles": 5, "under_way": 3, "completed": 2, "withdrawn": 0}
    values = cell["values"]
    sessions, minutes = [2, 1, 3, 1, 0], [75, 30, 60, 60, 0]
    assert values["sessions_mean"]["value"] == pytest.approx(sum(sessions) / 5)
    assert (values["sessions_mean"]["n"], values["minutes_median"]["value"]) == (5, 60)
    mean = sum(minutes) / 5
    half = 2.776445 * math.sqrt(sum((m - mean) ** 2 for m in minutes) / 4 / 5)
    assert values["minutes_mean"]["interval"] == pytest.approx({"low": mean - half, "high": mean + half}, abs=1e-3)
    assert values["weeks_mean"]["suppressed"]  # four with a session are too few
    assert values["completion_rate"]["suppressed"]
    assert answer["method_version"] == "coaching_dose.v1"


async def test_few_coachees_are_hidden(line: Line) -> None:
    await line.cycle("teacher 00", [(STARTS, 30)])
    await line.settle()
    (cell,) = (await line.ask(DOSE, by="school", school_id=line.school(), to="2024-03"))["data"]
    assert set(cell["counts"].values()) == {None}
    assert {value["value"] for value in cell["values"].values()} == {None}


cycles = st.lists(
    st.builds(
        Cycle,
        coachee_id=st.integers(0, 6),
        state=st.sampled_from(["active", "paused", "completed", "withdrawn"]),
        sessions=st.integers(0, 12),
        minutes=st.integers(0, 600),
    ),
    max_size=20,
)


@given(cycles)
def test_withdrawn_cycles_are_no_dose_and_none_is_lost(found):
    summary = dose_summary(found, as_of=STARTS)
    assert summary.cycles == summary.under_way + summary.completed + summary.withdrawn
    assert summary.sessions_mean.n == summary.cycles - summary.withdrawn
    if summary.sessions_mean.n:
        kept = [cycle.sessions for cycle in found if cycle.state != "withdrawn"]
        assert summary.sessions_mean.value == pytest.approx(sum(kept) / len(kept))
    assert summary.weeks_mean.n == 0

"""What is missing, without a database."""

from dataclasses import replace
from datetime import date

import pytest

from services.analytics.throughlines.rules import ActionLine, GapCode, LearningLine, Line, missing
from shared.clock import new_id

TODAY = date(2026, 3, 1)
LEARNING = LearningLine(
    id=new_id(), title="Talk", plan_action_id=new_id(), state="offered", practices=1, delivered=1, is_told=True,
    looked_before=True, looked_after=True, walked_after=True, is_hidden=False, is_compared=True,
)  # fmt: skip
COMPLETE = Line(
    level="school", has_vision=True, has_goal_above=True, has_target=True, schools_without_goal=[],
    actions=[ActionLine(LEARNING.plan_action_id, "Learn", "in_progress", date(2026, 3, 1))], learning=[LEARNING],
    walks_informed=1, has_coaching=True, has_feedback=True,
)  # fmt: skip


def codes(line: Line) -> list[GapCode]:
    return [gap.code for gap in missing(line, today=TODAY)]


def test_a_complete_line_misses_nothing_and_what_is_due_today_is_not_late():
    assert codes(COMPLETE) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"has_vision": False}, GapCode.NO_VISION),
        ({"has_goal_above": False}, GapCode.NO_GOAL_ABOVE),
        ({"has_target": False}, GapCode.NO_TARGET),
        ({"actions": []}, GapCode.NO_ACTION),
        ({"walks_informed": 0}, GapCode.NO_WALK_INFORMED),
        ({"has_coaching": False}, GapCode.NO_COACHING),
        ({"has_feedback": False}, GapCode.NO_FEEDBACK),
    ],
)
def test_one_gap_is_one_sentence(changed, code):
    assert codes(replace(COMPLETE, **changed)) == [code]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"practices": 0}, [GapCode.NO_TARGET_PRACTICES]),
        ({"delivered": 0}, [GapCode.NOT_DELIVERED]),
        ({"looked_before": False}, [GapCode.NOBODY_LOOKED_BEFORE]),
        ({"is_told": False, "looked_before": False, "looked_after": False}, []),
        ({"looked_after": False, "walked_after": False}, [GapCode.NOBODY_LOOKED_AFTER, GapCode.NO_WALK_AFTER]),
        ({"is_hidden": True, "is_compared": False}, [GapCode.TOO_FEW_TO_SHOW]),
        ({"is_compared": False}, [GapCode.NO_COMPARISON]),
        ({"state": "cancelled", "delivered": 0}, [GapCode.NO_LEARNING]),
    ],
)
def test_an_activity_says_where_it_breaks_off(changed, found):
    assert codes(replace(COMPLETE, learning=[replace(LEARNING, **changed)])) == found


@pytest.mark.parametrize(
    ("state", "late"), [("planned", True), ("in_progress", True), ("done", False), ("dropped", False)]
)
def test_only_what_is_open_can_be_late(state, late):
    assert ActionLine(new_id(), "Learn", state, date(2026, 2, 28)).is_late(TODAY) is late
    assert not ActionLine(new_id(), "Learn", state, None).is_late(TODAY)


def test_many_schools_without_a_goal_are_one_sentence():
    schools = [(new_id(), f"School {n}") for n in range(11)]
    few, many = (replace(COMPLETE, level="district", schools_without_goal=schools[:n]) for n in (10, 11))
    assert len(missing(few, today=TODAY)) == 10
    assert [gap.message for gap in missing(many, today=TODAY)] == ["11 schools have no goal under this one."]

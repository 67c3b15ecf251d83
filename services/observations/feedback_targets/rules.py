"""How a target stands on a day, and which feedback counts towards it. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Protocol

from services.observations.expectations.rules import Seen
from services.observations.feedback_targets.schemas import TargetState

GROWTH = "coaching"


class Row(Protocol):
    every_days: int
    begin_date: date
    end_date: date | None
    given: list[date]


def counts(seen: Seen, by: Sequence[str], content_area: str | None) -> bool:
    if seen.purpose != GROWTH or seen.shared_on is None or (by and not seen.by & set(by)):
        return False
    return content_area is None or content_area.casefold() in {subject.casefold() for subject in seen.expert_in}


def given(seen: Iterable[Seen], by: Sequence[str], content_area: str | None, begin: date) -> list[date]:
    """Give the days on which feedback came, of visits since the target began."""
    days = [one.shared_on for one in seen if one.day >= begin and counts(one, by, content_area)]
    return sorted(day for day in days if day is not None)


def last_given(row: Row, day: date) -> date | None:
    return max((one for one in row.given if one <= day), default=None)


def due_date(row: Row, day: date) -> date:
    return (last_given(row, day) or row.begin_date) + timedelta(days=row.every_days)


def state_on(row: Row, day: date, *, is_away: bool) -> TargetState:
    if day < row.begin_date:
        return TargetState.UPCOMING
    if row.end_date is not None and day > row.end_date:
        return TargetState.OVER
    if is_away:
        return TargetState.NOT_AT_WORK
    return TargetState.OVERDUE if day > due_date(row, day) else TargetState.ON_TIME

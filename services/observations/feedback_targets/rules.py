"""How a target stands on a day, and which feedback counts towards it. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

from services.observations.expectations.rules import Seen
from services.observations.feedback_targets.schemas import TargetState
from services.observations.staff.rules import Leave, days_later, is_away
from shared.access.purposes import Purpose


class Row(Protocol):
    every_days: int
    begin_date: date
    end_date: date | None
    given: list[date]


def counts(seen: Seen, by: Sequence[str], content_area: str | None) -> bool:
    if seen.purpose != Purpose.COACHING or seen.shared_on is None or (by and not seen.by & set(by)):
        return False
    return content_area is None or content_area.casefold() in {subject.casefold() for subject in seen.expert_in}


def given(
    seen: Iterable[Seen], by: Sequence[str], content_area: str | None, school_id: UUID, begin: date
) -> list[date]:
    """Give the days on which feedback came, of visits at the target's school since it began.

    Who leads a school learns nothing of what happens at another.
    """
    days = [
        one.shared_on
        for one in seen
        if one.day >= begin and one.school_id == school_id and counts(one, by, content_area)
    ]
    return sorted(day for day in days if day is not None)


def last_given(row: Row, day: date) -> date | None:
    return max((one for one in row.given if one <= day), default=None)


def due_date(row: Row, day: date, leaves: Sequence[Leave]) -> date:
    """Count days at work alone: who comes back from leave has as many left as before."""
    return days_later(last_given(row, day) or row.begin_date, row.every_days, leaves, day)


def state_on(row: Row, day: date, leaves: Sequence[Leave]) -> TargetState:
    if day < row.begin_date:
        return TargetState.UPCOMING
    if row.end_date is not None and day > row.end_date:
        return TargetState.OVER
    if is_away(leaves, day):
        return TargetState.NOT_AT_WORK
    return TargetState.OVERDUE if day > due_date(row, day, leaves) else TargetState.ON_TIME
